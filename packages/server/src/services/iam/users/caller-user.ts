import { type IamOperationName, queryError } from '@keyhold/protocol'
import type { Caller } from '../../../identity/accounts/caller.ts'
import type { Needed } from '../../../execution/needed.ts'
import { type Context, type NamedEntity, requireEntity } from '../entities.ts'
import { neededOn } from '../needed.ts'

type Input = { UserName?: string }

/**
 * Whether a request means the account's root: it names no user, and the root sent it, as in `keyhold dev` callers are who have
 * made no access key. IAM tells who is meant by who signs (GetUser).
 */
export function isAboutRoot({ UserName }: Input, { principal }: Caller): boolean {
  return UserName === undefined && principal.type === 'Root'
}

/** The user whom a request names, or else the one who sent it. Throws ValidationError for callers who are no users. */
function userNameIn({ UserName }: Input, { principal }: Caller): string {
  const name = UserName ?? (principal.type === 'IAMUser' ? principal.userName : undefined)
  if (name === undefined) {
    throw queryError('ValidationError', 'Must specify userName when calling with non-User credentials')
  }
  return name
}

/** Throws NoSuchEntity. */
export function userIn(call: Context & { input: Input }): Promise<NamedEntity<'user'>> {
  return requireEntity('user', userNameIn(call.input, call.caller), call)
}

/** The `needs` of an operation on the user whom a request names, or else the one who sent it. */
export function needsOnUser(action: IamOperationName): (input: Input, context: Context) => Promise<Needed[]> {
  return async (input, context) => {
    const { caller } = context
    if (isAboutRoot(input, caller)) return [{ action: `iam:${action}`, resource: caller.principal.arn }]
    const name = userNameIn(input, caller)
    return [await neededOn(action, { kind: 'user', name }, context)]
  }
}
