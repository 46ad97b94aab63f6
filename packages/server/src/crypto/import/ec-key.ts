import { createECDH, createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import type { CurveName } from '../../domain/keys/material.ts'
import { publicKeyDer, withScalar } from '../asymmetric/raw-key.ts'
import type { ImportFault } from './fault.ts'

/** RFC 5480, 2.1.1: DER of the object identifier of EC keys, and of each curve. */
const EC_KEY = '06072a8648ce3d0201'
const CURVES: Readonly<Record<CurveName, string>> = Object.freeze({
  prime256v1: '06082a8648ce3d030107',
  secp384r1: '06052b81040022',
  secp521r1: '06052b81040023',
  secp256k1: '06052b8104000a',
})

interface EcMaterial {
  curve: CurveName
  fieldBytes: number
}

/**
 * Rebuilds an imported EC key from its scalar, so that every key has exactly one encoding. OpenSSL accepts the scalar
 * and the point of a private key unchecked; this function checks the range of the scalar, and compares the given point
 * with the one it computes. Accepts only named curves, like AWS KMS, and refuses explicit parameters.
 */
export function ecKeyFromImported(key: KeyObject, material: EcMaterial): KeyObject | ImportFault {
  try {
    return remade(key, material)
  } catch {
    // OpenSSL can read keys that it cannot write: a scalar longer than the order, or a point at infinity.
    return 'inconsistent'
  }
}

function remade(key: KeyObject, { curve, fieldBytes }: EcMaterial): KeyObject | ImportFault {
  if (!publicKeyDer(key).includes(Buffer.from(EC_KEY + CURVES[curve], 'hex'))) return 'spec'
  return withScalar(key, fieldBytes, (scalar) =>
    pointOf(scalar, curve) === uncompressedPoint(key) ? ecKey(scalar, CURVES[curve]) : 'inconsistent',
  )
}

/** The public point of a scalar, in hexadecimal. Throws if the scalar is not from 1 to n − 1. */
function pointOf(scalar: Uint8Array, curve: CurveName): string {
  const ecdh = createECDH(curve)
  ecdh.setPrivateKey(scalar)
  return ecdh.getPublicKey('hex')
}

function uncompressedPoint(key: KeyObject): string {
  const { x = '', y = '' } = createPublicKey(key).export({ format: 'jwk' })
  return `04${Buffer.from(x, 'base64url').toString('hex')}${Buffer.from(y, 'base64url').toString('hex')}`
}

/** Builds an ECPrivateKey (RFC 5915, section 3) without its point, which OpenSSL computes. */
function ecKey(scalar: Uint8Array, identifier: string): KeyObject {
  const parameters = Buffer.from(identifier, 'hex')
  const body = [Buffer.of(2, 1, 1, 4, scalar.byteLength), scalar, Buffer.of(0xa0, parameters.byteLength), parameters]
  const bytes = body.reduce((sum, { byteLength }) => sum + byteLength, 0)
  const der = Buffer.concat([Buffer.of(0x30, bytes), ...body])
  try {
    return createPrivateKey({ key: der, format: 'der', type: 'sec1' })
  } finally {
    der.fill(0)
  }
}
