import { type IamOperationName, queryError } from '@keyhold/protocol'
import type { Caller } from '../../../identity/accounts/caller.ts'
import type { Needed } from '../../../execution/needed.ts'
import { type Context, type NamedEntity, requireEntity } from '../entities.ts'
import { neededOn } from '../needed.ts'

type Input = { UserName?: string }

/**
 * Returns whether a request concerns the account's root: it names no user, and the root sent it. In `keyhold dev`,
 * callers without an access key are roots. Without a user name, IAM uses the caller (GetUser).
 */
export function isAboutRoot({ UserName }: Input, { principal }: Caller): boolean {
  return UserName === undefined && principal.type === 'Root'
}

/**
 * Returns the name of the user in a request, or else of the caller. Throws ValidationError for callers that are not
 * users.
 */
function userNameIn({ UserName }: Input, { principal }: Caller): string {
  const name = UserName ?? (principal.type === 'IAMUser' ? principal.userName : undefined)
  if (name === undefined) {
    throw queryError('ValidationError', 'Must specify userName when calling with non-User credentials')
  }
  return name
}

/** Returns the user in a request, or else the caller. Throws NoSuchEntity and ValidationError. */
export function userIn(call: Context & { input: Input }): Promise<NamedEntity<'user'>> {
  return requireEntity('user', userNameIn(call.input, call.caller), call)
}

/** The `needs` of an operation on the user in a request, or else on the caller. */
export function needsOnUser(action: IamOperationName): (input: Input, context: Context) => Promise<Needed[]> {
  return async (input, context) => {
    const { caller } = context
    if (isAboutRoot(input, caller)) return [{ action: `iam:${action}`, resource: caller.principal.arn }]
    const name = userNameIn(input, caller)
    return [await neededOn(action, { kind: 'user', name }, context)]
  }
}
