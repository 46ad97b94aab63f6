import type { Caller } from '../../identity/accounts/caller.ts'
import type { Directory } from '../../identity/directory/directory.ts'

type Credentials = Pick<Caller, 'principal' | 'identityId' | 'session'>

/** Users and roles by their ids: sessions of one role are one requester. */
export function requesterId({ identityId, principal }: Pick<Caller, 'identityId' | 'principal'>): string {
  return identityId ?? principal.principalId
}

/**
 * The ids of all who took part in making a caller's credentials: the user or role itself and, for a session, the owners of the
 * access keys that it was made with, directly or through other sessions, and the web identity that it began with. Two callers
 * who have one of them in common can be the same person.
 */
export async function peopleBehind(caller: Credentials, directory: Directory): Promise<string[]> {
  const { madeWith = [], federated } = caller.session ?? {}
  const keys = await Promise.all(madeWith.map(({ accessKeyId }) => directory.accessKey(accessKeyId)))
  const owners = keys.flatMap((key) => key?.value.principalId ?? [])
  const subjects = Object.entries(federated?.claims ?? {}).flatMap(([name, values]) =>
    name.endsWith(':sub') ? values.map((value) => `${name} ${value}`) : [],
  )
  return [...new Set([requesterId(caller), ...owners, ...subjects])]
}
