import { Secret } from '@keyhold/protocol'
import { IntegrityError, PURPOSES, type Sealing } from '../../vault/hierarchy/sealing.ts'
import { bytesOfBase64 } from '../../platform/base64.ts'
import type { Session } from './caller.ts'

/** The content of a session token. It is the complete session: nothing is stored, and a restart changes nothing. */
export interface SessionClaims extends Session {
  /** The immutable id of the user or role whose policies apply; for a service's own session, the service's name. */
  principalId: string
  accountId: string
  /**
   * `role`: a session of a role; `user`: a user's own (GetSessionToken); `federated`: a federated user's
   * (GetFederationToken); `service`: a registered service's.
   */
  kind: 'role' | 'user' | 'federated' | 'service'
  /** Only for kinds `role` and `federated`. */
  sessionName?: string
}

const LENGTH_BYTES = 4
const GENERATION_BYTES = 4
const BASE64 = /^[A-Za-z0-9+/]{16,16384}={0,2}$/

/**
 * Seals a session as the text that is sent with each request: generation ‖ sealed(length ‖ claims ‖ secret), base64.
 * The access key id is authenticated with it, so a token works only with its own access key.
 */
export async function sealSession(
  accessKeyId: string,
  claims: SessionClaims,
  secretAccessKey: Secret,
  hierarchy: Sealing,
): Promise<string> {
  // After a rotation the key that opens sessions is kept for as long as the longest of them, and no longer.
  if (claims.expiresMs - claims.issuedMs > PURPOSES.session.forMs) throw new RangeError('a session lasts too long')
  const json = Buffer.from(JSON.stringify(claims))
  const length = Buffer.alloc(LENGTH_BYTES)
  length.writeUInt32BE(json.byteLength)
  using content = Secret.of(Buffer.concat([length, json, secretAccessKey.reveal()]))
  const { generation, bytes } = await hierarchy.seal('global', 'session', [accessKeyId], content)
  const head = Buffer.alloc(GENERATION_BYTES)
  head.writeUInt32BE(generation)
  return Buffer.concat([head, bytes]).toString('base64')
}

/**
 * Returns the session and its secret access key, or `undefined` for a token that was not sealed here for this access
 * key.
 */
export async function openSession(
  accessKeyId: string,
  token: string,
  hierarchy: Sealing,
): Promise<{ claims: SessionClaims; secretAccessKey: Secret } | undefined> {
  if (!BASE64.test(token)) return undefined
  const bytes = bytesOfBase64(token)
  if (bytes === undefined) return undefined
  const sealed = { generation: bytes.readUInt32BE(0), bytes: bytes.subarray(GENERATION_BYTES) }
  try {
    using content = await hierarchy.unseal('global', 'session', [accessKeyId], sealed)
    return parseContent(content.reveal())
  } catch (error) {
    if (error instanceof IntegrityError) return undefined
    throw error
  }
}

function parseContent(content: Uint8Array): { claims: SessionClaims; secretAccessKey: Secret } {
  const view = Buffer.from(content.buffer, content.byteOffset, content.byteLength)
  const end = LENGTH_BYTES + view.readUInt32BE(0)
  const claims = readClaims(view.toString('utf8', LENGTH_BYTES, end))
  return { claims, secretAccessKey: Secret.of(Uint8Array.from(view.subarray(end))) }
}

/** Tokens of earlier builds name managed policies only by ARN. */
function readClaims(json: string): SessionClaims {
  const { policyArns, ...claims } = JSON.parse(json) as SessionClaims & { policyArns?: readonly string[] }
  return policyArns === undefined ? claims : { ...claims, managedPolicies: policyArns.map((arn) => ({ arn })) }
}
