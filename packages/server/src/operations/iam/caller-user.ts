import { type IamOperationName, queryError } from '@keyhold/protocol'
import type { Caller } from '../../identity/caller.ts'
import type { Needed } from '../needed.ts'
import { type Context, type NamedEntity, requireEntity } from './entities.ts'
import { neededOn } from './needed.ts'

type Input = { UserName?: string }

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
    const name = userNameIn(input, context.caller)
    return [await neededOn(action, { kind: 'user', name }, context)]
  }
}
