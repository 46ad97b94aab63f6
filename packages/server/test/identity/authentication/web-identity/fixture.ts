import { constants, createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import type { JsonValue } from '@keyhold/protocol'
import type { WebIdentity } from '../../../../src/identity/authentication/web-identity/claims.ts'
import type { OidcIssuer } from '../../../../src/identity/authentication/web-identity/issuer.ts'
import { webIdentityVerifier } from '../../../../src/identity/authentication/web-identity/verify-web-identity.ts'
import type { Outbound } from '../../../../src/platform/outbound/outbound.ts'
import { OutboundError } from '../../../../src/platform/outbound/outbound-error.ts'
import { manualClock, type ManualClock } from '../../../support/manual-clock.ts'

export const NOW_MS = Date.parse('2030-01-01T00:00:00Z')
export const NOW = NOW_MS / 1000
export const ISSUER = 'https://issuer.test/tenant'
export const AUDIENCE = 'keyhold'

export interface KeyPair {
  privateKey: KeyObject
  publicKey: KeyObject
}

export const rsaKey = (modulusLength = 2048): KeyPair => generateKeyPairSync('rsa', { modulusLength })
export const ecKey = (namedCurve = 'P-256'): KeyPair => generateKeyPairSync('ec', { namedCurve })
export const edKey = (): KeyPair => generateKeyPairSync('ed25519')

/** What a JWK set says of a key. */
export function jwk({ publicKey }: KeyPair, kid: string | undefined, more: object = {}): Record<string, unknown> {
  return { ...publicKey.export({ format: 'jwk' }), ...(kid === undefined ? {} : { kid }), ...more }
}

/** RFC 7518, section 3.1, by means of node:crypto, so that tokens can be wrong in every way. */
const SIGNERS: Record<string, (data: Buffer, key: KeyObject) => Buffer> = {
  RS256: (data, key) => sign('sha256', data, key),
  RS384: (data, key) => sign('sha384', data, key),
  RS512: (data, key) => sign('sha512', data, key),
  PS256: (data, key) => sign('sha256', data, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }),
  PS384: (data, key) => sign('sha384', data, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 48 }),
  ES256: (data, key) => sign('sha256', data, { key, dsaEncoding: 'ieee-p1363' }),
  ES384: (data, key) => sign('sha384', data, { key, dsaEncoding: 'ieee-p1363' }),
  ES512: (data, key) => sign('sha512', data, { key, dsaEncoding: 'ieee-p1363' }),
  EdDSA: (data, key) => sign(null, data, key),
}

export interface Header {
  alg: string
  [member: string]: unknown
}

export const claims = (more: object = {}): object => ({
  iss: ISSUER,
  aud: AUDIENCE,
  sub: 'system:serviceaccount:apps:web',
  iat: NOW,
  exp: NOW + 3600,
  ...more,
})

/** A token; header and claims may be objects or the literal text. */
export function token(header: object | string, payload: object | string, signer: (data: Buffer) => Buffer): string {
  const data = `${part(header)}.${part(payload)}`
  return `${data}.${signer(Buffer.from(data)).toString('base64url')}`
}

/** A token that is signed as its header says. */
export function signed({ privateKey }: KeyPair, header: Header, payload: object | string = claims()): string {
  return token(header, payload, (data) => SIGNERS[header.alg]?.(data, privateKey) ?? Buffer.alloc(0))
}

export const hmac =
  (secret: string | Buffer) =>
  (data: Buffer): Buffer =>
    createHmac('sha256', secret).update(data).digest()

function part(content: object | string): string {
  return Buffer.from(typeof content === 'string' ? content : JSON.stringify(content)).toString('base64url')
}

/** A world outside in which documents lie at addresses, and that can be unreachable. */
export class FakeWorld implements Outbound {
  readonly documents = new Map<string, unknown>()
  /** The addresses that were asked for. */
  readonly asked: string[] = []
  reachable = true
  /** Answers wait for it. */
  gate: Promise<void> = Promise.resolve()

  async getJson(url: string): Promise<JsonValue> {
    this.asked.push(url)
    await this.gate
    const document = this.documents.get(url)
    if (!this.reachable || document === undefined) throw new OutboundError('unreachable', 'It cannot be reached.')
    return document as JsonValue
  }

  /** Lets an issuer publish these keys. */
  publish(keys: readonly object[], issuer = ISSUER): void {
    const jwksUri = `${issuer}/keys`
    this.documents.set(`${issuer}/.well-known/openid-configuration`, { issuer, jwks_uri: jwksUri })
    this.documents.set(jwksUri, { keys })
  }

  /** How many times keys were fetched or tried to be. */
  get attempts(): number {
    return this.asked.filter((url) => url.endsWith('/openid-configuration')).length
  }
}

export interface Fixture {
  verify(token: string): Promise<WebIdentity>
  clock: ManualClock
  world: FakeWorld
  /** What was warned of. */
  warnings: unknown[][]
}

/** A verifier of an issuer that publishes `keys`, at a fixed time. */
export function fixture(keys: readonly object[], more: Partial<OidcIssuer> = {}): Fixture {
  const world = new FakeWorld()
  world.publish(keys)
  const clock = manualClock(NOW_MS)
  const warnings: unknown[][] = []
  const logger = { info() {}, warn: (...said: unknown[]) => void warnings.push(said), error() {} }
  const issuer: OidcIssuer = { issuer: ISSUER, audiences: [AUDIENCE], jwks: { fetched: true }, ...more }
  return { verify: webIdentityVerifier({ issuers: [issuer], outbound: world, clock, logger }), clock, world, warnings }
}
