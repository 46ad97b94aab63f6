import { type Credentials, Secret, signRequest } from '@keyhold/protocol'
import type { AccessKey, AccessKeys } from '../../src/authentication/access-keys.ts'
import { firstValue, groupHeaders } from '../../src/authentication/headers.ts'
import type { RawRequest } from '../../src/authentication/raw-request.ts'
import { sigV4Verifier } from '../../src/authentication/verify-sigv4.ts'
import { systemRandom } from '../../src/crypto/random.ts'
import { signingHash } from '../../src/crypto/signing-hash.ts'

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
export function verifierOf(current: () => AccessKey = accessKey): ReturnType<typeof sigV4Verifier> {
  const accessKeys: AccessKeys = {
    find: async (accessKeyId, sessionToken) =>
      accessKeyId === CREDENTIALS.accessKeyId && sessionToken === undefined ? current() : undefined,
  }
  return sigV4Verifier({ accessKeys, random: systemRandom, services: ['kms'] })
}

export interface Signing {
  credentials?: Credentials
  region?: string
  service?: string
  timeMs?: number
  headers?: Record<string, string>
  body?: string
  query?: string
}

/** A `POST /` signed by our own signer, as it would arrive. */
export function signed(signing: Signing = {}): RawRequest {
  const { credentials = CREDENTIALS, region = 'eu-central-1', service = 'kms', timeMs = NOW_MS } = signing
  const { headers = {}, body = '{"KeyId":"alias/a"}', query = '' } = signing
  const bytes = new TextEncoder().encode(body)
  const base = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'TrentService.DescribeKey' }
  const url = new URL(`http://localhost:5670/${query === '' ? '' : `?${query}`}`)
  const sent = signRequest(
    { method: 'POST', url, headers: { ...base, ...headers }, body: bytes },
    credentials,
    { region, service, time: new Date(timeMs) },
    signingHash,
  )
  return arrived(sent, bytes, { query })
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
