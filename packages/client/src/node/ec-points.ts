import { createPublicKey } from 'node:crypto'
import type { KeyObject } from 'node:crypto'

/** The curves of NIST that the specification names. */
export type CurveName = 'P-256' | 'P-384' | 'P-521'

interface Curve {
  /** As OpenSSL calls it. */
  readonly namedCurve: string
  readonly coordinateBytes: number
  /** What precedes a compressed point in a SubjectPublicKeyInfo (RFC 5480). */
  readonly spkiPrefix: Uint8Array
}

function curve(namedCurve: string, coordinateBytes: number, spkiPrefix: string): Curve {
  return Object.freeze({ namedCurve, coordinateBytes, spkiPrefix: Buffer.from(spkiPrefix, 'hex') })
}

export const CURVES: Readonly<Record<CurveName, Curve>> = Object.freeze({
  'P-256': curve('prime256v1', 32, '3039301306072a8648ce3d020106082a8648ce3d030107032200'),
  'P-384': curve('secp384r1', 48, '3046301006072a8648ce3d020106052b81040022033200'),
  'P-521': curve('secp521r1', 66, '3058301006072a8648ce3d020106052b81040023034400'),
})

/** Nothing if the key is not of one of these curves. */
export function curveOf(key: KeyObject): CurveName | undefined {
  const { namedCurve } = key.asymmetricKeyDetails ?? {}
  return (Object.keys(CURVES) as CurveName[]).find((name) => CURVES[name].namedCurve === namedCurve)
}

/** A compressed point says with its first byte whether y is even. SEC 1, section 2.3.3. */
const COMPRESSED_EVEN = 2

/** By way of JWK, which has x and y apart: how a SubjectPublicKeyInfo writes the point is its writer's choice. */
export function compressedPoint(publicKey: KeyObject): Uint8Array {
  const { x, y } = publicKey.export({ format: 'jwk' })
  const yIsOdd = Buffer.from(y!, 'base64url').at(-1)! & 1
  return Buffer.concat([Buffer.of(COMPRESSED_EVEN + yIsOdd), Buffer.from(x!, 'base64url')])
}

/** The SubjectPublicKeyInfo in DER with the point written in full, as KMS takes it. */
export function uncompressedSpki(publicKey: KeyObject): Uint8Array {
  const jwk = publicKey.export({ format: 'jwk' })
  return createPublicKey({ key: jwk, format: 'jwk' }).export({ format: 'der', type: 'spki' })
}

/** Nothing if it is no compressed point of the curve: OpenSSL checks that it lies on it. */
export function importPoint(point: Uint8Array, name: CurveName): KeyObject | undefined {
  const { coordinateBytes, spkiPrefix } = CURVES[name]
  if (point.length !== 1 + coordinateBytes) return undefined
  try {
    return createPublicKey({ key: Buffer.concat([spkiPrefix, point]), format: 'der', type: 'spki' })
  } catch {
    return undefined
  }
}
