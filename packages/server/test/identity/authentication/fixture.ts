import {
  type CanonicalParts,
  canonicalRequest,
  type Credentials,
  type CredentialScope,
  formatAmzDate,
  formatScope,
  Secret,
  signature,
  signingKey,
  stringToSign,
} from '@keyhold/protocol'
import type { AccessKey, AccessKeys } from '../../../src/identity/authentication/access-keys.ts'
import { firstValue, groupHeaders } from '../../../src/identity/authentication/headers.ts'
import type { RawRequest } from '../../../src/identity/authentication/raw-request.ts'
import { type SigV4Dependencies, sigV4Verifier } from '../../../src/identity/authentication/verify-sigv4.ts'
import { systemRandom } from '../../../src/crypto/random.ts'
import { sha256 } from '../../../src/crypto/sha256.ts'
import { signingHash } from '../../../src/crypto/hmac.ts'

/** 2026-01-02T03:04:05Z */
export const NOW_MS = Date.UTC(2026, 0, 2, 3, 4, 5)
export const CREDENTIALS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' }
export const PRINCIPAL = {
  principalId: 'AIDAEXAMPLE',
  accountId: '111122223333',
  arn: 'arn:aws:iam::111122223333:user/admin',
  type: 'IAMUser',
  userName: 'admin',
} as const

export function accessKey(changes: Partial<AccessKey> = {}): AccessKey {
  const secret = Secret.of(new TextEncoder().encode(CREDENTIALS.secretAccessKey))
  return {
    secret,
    owner: { principal: PRINCIPAL, identityId: PRINCIPAL.principalId },
    active: true,
    version: 1,
    ...changes,
  }
}

/** A verifier that knows one access key, as `current` says at the time of each request. */
export function verifierOf(
  current: () => AccessKey = accessKey,
  services: SigV4Dependencies['services'] = ['kms'],
): ReturnType<typeof sigV4Verifier> {
  return sigV4Verifier({ accessKeys: oneAccessKey(current), random: systemRandom, services })
}

/** One access key, by itself or beside the session token `token`. */
export function oneAccessKey(current: () => AccessKey = accessKey): AccessKeys {
  return {
    find: async (accessKeyId, sessionToken) => {
      const isKnown = accessKeyId === CREDENTIALS.accessKeyId && sessionToken === undefined
      return isKnown || (accessKeyId === 'ASIDEXAMPLE' && sessionToken === 'a+token/=') ? current() : undefined
    },
  }
}

export interface Signing {
  credentials?: Credentials
  region?: string
  service?: string
  timeMs?: number
  headers?: Record<string, string>
  body?: string
  query?: string
  /** Headers that are sent without being signed. */
  unsigned?: readonly string[]
  /** Sent, and signed, as `Date`, in place of `X-Amz-Date`. */
  date?: string
}

/** A `POST /` signed by our own signer, as it would arrive. */
export function signed(signing: Signing = {}): RawRequest {
  const { headers = {}, body = '{"KeyId":"alias/a"}', query = '' } = signing
  const { unsigned = [], date } = signing
  const bytes = new TextEncoder().encode(body)
  const base = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'TrentService.DescribeKey' }
  const dated: Record<string, string> = date === undefined ? { 'x-amz-date': amzDateOf(signing) } : { date }
  const sent: Record<string, string> = { ...base, ...headers, host: 'localhost:5670', ...dated }
  const { sessionToken }: Credentials = signing.credentials ?? CREDENTIALS
  if (sessionToken !== undefined) sent['x-amz-security-token'] = sessionToken
  const signedHeaders = Object.keys(sent)
    .filter((name) => !unsigned.includes(name))
    .toSorted()
  const parts = { method: 'POST', path: '/', query, headers: sent, signedHeaders, payloadHash: sha256(bytes) }
  const { credential, signed } = signatureOf(parts, signing)
  const named = `Credential=${credential}, SignedHeaders=${signedHeaders.join(';')}, Signature=${signed}`
  const authorization = `AWS4-HMAC-SHA256 ${named}`
  return arrived({ ...sent, authorization }, bytes, { query })
}

export interface Presigning extends Omit<Signing, 'unsigned' | 'date'> {
  method?: string
  /** Of the query, beside those that sign; `undefined` leaves one of those out. */
  parameters?: Record<string, string | undefined>
  /** Whether the session token is added when the rest is signed already. */
  tokenLast?: boolean
  /** What the signer says the body's hash is; that of the body unless given. */
  payloadHash?: string
}

/** A request whose signature is in its query, as it would arrive: a GET of STS's GetCallerIdentity unless changed. */
export function presigned(signing: Presigning = {}): RawRequest {
  const { method = 'GET', headers = {}, body = '', query = 'Action=GetCallerIdentity&Version=2011-06-15' } = signing
  const { credentials = CREDENTIALS, tokenLast = false, parameters = {} } = signing
  const { sessionToken }: Credentials = credentials
  const bytes = new TextEncoder().encode(body)
  const sent: Record<string, string> = { ...headers, host: 'localhost:5670' }
  const signedHeaders = Object.keys(sent).toSorted()
  const { credential } = signatureOf({ ...EMPTY, signedHeaders }, signing)
  const token = sessionToken === undefined ? '' : `&X-Amz-Security-Token=${encodeURIComponent(sessionToken)}`
  const own: Record<string, string | undefined> = {
    'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
    'X-Amz-Credential': credential,
    'X-Amz-Date': amzDateOf(signing),
    'X-Amz-Expires': '60',
    'X-Amz-SignedHeaders': signedHeaders.join(';'),
    ...parameters,
  }
  const named = Object.entries(own).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${encodeURIComponent(value)}`],
  )
  const covered = [...(query === '' ? [] : [query]), ...named].join('&') + (tokenLast ? '' : token)
  const payloadHash = signing.payloadHash ?? sha256(bytes)
  const parts = { method, path: '/', query: covered, headers: sent, signedHeaders, payloadHash }
  const { signed } = signatureOf(parts, signing)
  const whole = `${covered}&X-Amz-Signature=${signed}${tokenLast ? token : ''}`
  return arrived(sent, bytes, { method, query: whole })
}

const EMPTY: CanonicalParts = { method: 'GET', path: '/', query: '', headers: {}, signedHeaders: [], payloadHash: '' }

function amzDateOf({ timeMs = NOW_MS }: Signing): string {
  return formatAmzDate(new Date(timeMs))
}

/** The signature of these parts, with the credentials and scope of `signing`. */
function signatureOf(parts: CanonicalParts, signing: Signing): { credential: string; signed: string } {
  const { credentials = CREDENTIALS, region = 'eu-central-1', service = 'kms' } = signing
  const amzDate = amzDateOf(signing)
  const scope: CredentialScope = { date: amzDate.slice(0, 8), region, service }
  const toSign = stringToSign(amzDate, scope, canonicalRequest(parts), signingHash)
  const key = signingKey(credentials.secretAccessKey, scope, signingHash)
  const credential = `${credentials.accessKeyId}/${formatScope(scope)}`
  return { credential, signed: signature(key, toSign, signingHash) }
}

export function arrived(sent: Record<string, string>, body: Uint8Array, changes: Partial<RawRequest> = {}): RawRequest {
  const headers = groupHeaders(Object.entries(sent).flat())
  const rest = { sourceIp: '127.0.0.1', secure: false, requestId: 'r', receivedAtMs: NOW_MS }
  return { method: 'POST', path: '/', query: '', headers, body, ...rest, ...changes }
}

/** The first value of a header that is there. */
export function valueOf({ headers }: RawRequest, name: string): string {
  return firstValue(headers, name)!
}

/** The request with one header's value changed. */
export function withHeader(request: RawRequest, name: string, change: (value: string) => string): RawRequest {
  return { ...request, headers: new Map(request.headers).set(name, [change(valueOf(request, name))]) }
}

/** The request with one more value of a header. */
export function plusHeader(request: RawRequest, name: string, value: string): RawRequest {
  const values = request.headers.get(name.toLowerCase()) ?? []
  return { ...request, headers: new Map(request.headers).set(name.toLowerCase(), [...values, value]) }
}

/** The request without a header. */
export function minusHeader(request: RawRequest, name: string): RawRequest {
  return { ...request, headers: new Map([...request.headers].filter(([other]) => other !== name)) }
}
