import { fixedBytes, type Secret } from '../secret.ts'
import { ALGORITHM, formatAuthorization, formatScope } from './authorization.ts'
import type { CredentialScope } from './authorization.ts'
import { canonicalRequest } from './canonical.ts'
import { formatAmzDate } from './time.ts'

/** The hash functions of SigV4, passed in so that this package works wherever there are any. */
export interface SigningHash {
  /** Lower-case hex. Strings are hashed as UTF-8. */
  sha256Hex(data: string | Uint8Array): string
  /** HMAC-SHA256. Strings are taken as UTF-8. */
  hmac(key: string | Uint8Array, data: string): Uint8Array
}

/** A long-term or temporary access key. */
export interface Credentials {
  accessKeyId: string
  secretAccessKey: string | Secret
  sessionToken?: string
}

export interface RequestToSign {
  method: string
  url: URL
  /** By lower-case name. All of them are signed. */
  headers: Readonly<Record<string, string>>
  body: Uint8Array
}

const KEY_PREFIX = 'AWS4'

const textEncoder = new TextEncoder()

/** The string that is signed (step 3). `amzDate` is the time of the request as {@link formatAmzDate} writes it. */
export function stringToSign(amzDate: string, scope: CredentialScope, canonical: string, hash: SigningHash): string {
  return `${ALGORITHM}\n${amzDate}\n${formatScope(scope)}\n${hash.sha256Hex(canonical)}`
}

/** The key that signs within a scope (step 4). It is good for one day, region and service, and as secret as its source. */
export function signingKey(secretAccessKey: string | Secret, scope: CredentialScope, hash: SigningHash): Uint8Array {
  const root = prefixed(secretAccessKey)
  const dateKey = hash.hmac(root, scope.date)
  if (typeof root !== 'string') root.fill(0)
  const regionKey = hash.hmac(dateKey, scope.region)
  const serviceKey = hash.hmac(regionKey, scope.service)
  return hash.hmac(serviceKey, 'aws4_request')
}

function prefixed(secretAccessKey: string | Secret): string | Uint8Array {
  if (typeof secretAccessKey === 'string') return KEY_PREFIX + secretAccessKey
  const root = fixedBytes(KEY_PREFIX.length + secretAccessKey.byteLength)
  root.set(textEncoder.encode(KEY_PREFIX))
  root.set(secretAccessKey.reveal(), KEY_PREFIX.length)
  return root
}

/** The signature in lower-case hex (step 5). */
export function signature(key: Uint8Array, toSign: string, hash: SigningHash): string {
  return Array.from(hash.hmac(key, toSign), (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/**
 * Signs a request: the headers to send it with, lower-case, among them `host`, `x-amz-date`, the session token if there
 * is one, and `authorization`.
 */
export function signRequest(
  request: RequestToSign,
  credentials: Credentials,
  target: { region: string; service: string; time: Date },
  hash: SigningHash,
): Record<string, string> {
  const amzDate = formatAmzDate(target.time)
  const scope = { date: amzDate.slice(0, 8), region: target.region, service: target.service }
  const headers: Record<string, string> = { ...request.headers, host: request.url.host, 'x-amz-date': amzDate }
  if (credentials.sessionToken !== undefined) headers['x-amz-security-token'] = credentials.sessionToken
  const signedHeaders = Object.keys(headers).toSorted()
  const canonical = canonicalRequest({
    method: request.method,
    path: request.url.pathname,
    query: request.url.search.slice(1),
    headers,
    signedHeaders,
    payloadHash: hash.sha256Hex(request.body),
  })
  const key = signingKey(credentials.secretAccessKey, scope, hash)
  const signed = signature(key, stringToSign(amzDate, scope, canonical, hash), hash)
  const { accessKeyId } = credentials
  headers['authorization'] = formatAuthorization({ accessKeyId, ...scope, signedHeaders, signature: signed })
  return headers
}
