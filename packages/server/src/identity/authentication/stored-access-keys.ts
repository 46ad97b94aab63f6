import { sha256 } from '../../crypto/sha256.ts'
import { BoundedCache } from '../../platform/bounded-cache.ts'
import type { Directory } from '../directory/directory.ts'
import { keysOfSession } from '../directory/rights.ts'
import type { Sealing } from '../../vault/hierarchy/sealing.ts'
import {
  federatedPrincipal,
  isDisabled,
  keyOwner,
  rolePrincipal,
  servicePrincipal,
  userPrincipal,
} from '../accounts/principals.ts'
import type { PrincipalRecord } from '../../vault/records/principal.ts'
import { openSession, type SessionClaims } from '../accounts/session-token.ts'
import type { AccessKey, AccessKeys } from './access-keys.ts'

/** Sessions whose tokens are cached in memory: about 2 KiB each, and at most what a header can hold. */
const MAX_SESSIONS = 10_000

type OpenSession = NonNullable<Awaited<ReturnType<typeof openSession>>>

/** Returns the access keys of the data folder and the sessions that this server issued, as current as the directory. */
export function storedAccessKeys(directory: Directory, hierarchy: Sealing): AccessKeys {
  const sessions = new BoundedCache<OpenSession>(MAX_SESSIONS)

  const longTerm = async (accessKeyId: string): Promise<AccessKey | undefined> => {
    const stored = await directory.accessKey(accessKeyId)
    if (stored === undefined) return undefined
    const { principalId, active, sessionEpoch: accessKeyEpoch = 0 } = stored.value
    const secret = await directory.secretOf(stored)
    const principal = await directory.principal(principalId)
    const owner = principal && keyOwner(principal.value)
    return owner && { secret, owner: { ...owner, accessKeyEpoch }, active, version: stored.version }
  }

  const temporary = async (accessKeyId: string, token: string): Promise<AccessKey | undefined> => {
    const id = sha256(`${accessKeyId} ${token}`)
    const session = sessions.get(id) ?? (await openSession(accessKeyId, token, hierarchy))
    if (session === undefined) return undefined
    sessions.set(id, session)
    const { claims, secretAccessKey: secret } = session
    const owner = await sessionOwner(claims, directory)
    // The access key id of a session is never reused, so its secret has one version.
    return owner && { secret, owner: { ...owner, session: claims }, active: true, version: 1 }
  }

  return {
    find: (accessKeyId, token) => (token === undefined ? longTerm(accessKeyId) : temporary(accessKeyId, token)),
  }
}

/**
 * Returns the principal of a session, from current records, or `undefined` if the principal was deleted or the session
 * was ended.
 */
async function sessionOwner(claims: SessionClaims, directory: Directory): Promise<AccessKey['owner'] | undefined> {
  const service = claims.via && (await directory.principal(claims.via.service))
  if (claims.via && (service?.value.type !== 'Service' || isDisabled(service.value))) return undefined
  if ((await keysOfSession(claims, directory)) === 'ended') return undefined
  const entry = await directory.principal(claims.principalId)
  return entry && !isDisabled(entry.value) ? ownerOf(entry.value, claims) : undefined
}

function ownerOf(record: PrincipalRecord, { kind, sessionName }: SessionClaims): AccessKey['owner'] | undefined {
  if (kind === 'role') return record.type === 'Role' ? rolePrincipal(record, sessionName ?? '') : undefined
  if (kind === 'federated') return record.type === 'IAMUser' ? federatedPrincipal(record, sessionName ?? '') : undefined
  if (kind === 'user') return record.type === 'IAMUser' ? userPrincipal(record) : undefined
  return record.type === 'Service' ? servicePrincipal(record) : undefined
}
