import { createPrivateKey, type KeyObject } from 'node:crypto'
import type { Secret } from '@keyhold/protocol'
import { publicKeyDer } from '../asymmetric/raw-key.ts'
import { equalInConstantTime } from '../constant-time.ts'
import { type Element, elementsOf, stringOf } from './elements.ts'
import type { ImportFault } from './fault.ts'

/** Tags of X.690 (8.1.2), primitive or constructed: BER can split strings into pieces. */
const SEQUENCE = 0x30
const OCTET_STRING = [0x04, 0x24]
/** RFC 5958, section 2: `attributes [0]` and `publicKey [1]`. */
const ATTRIBUTES = 0xa0
const PUBLIC_KEY = [0x81, 0xa1]

/**
 * Reads one unencrypted PrivateKeyInfo (RFC 5208) or OneAsymmetricKey (RFC 5958), in DER or in BER. OpenSSL reads the
 * first element of its input and the private key at the start of that element, and does not check a public half beside
 * it. This function refuses bytes after either of them, and a public half that is not the key's.
 */
export function readPkcs8(secret: Secret): KeyObject | ImportFault {
  const bytes = secret.reveal()
  const parts = partsOf(bytes)
  const key = parts && privateKey(bytes)
  if (key === undefined) return 'encoding'
  return parts?.publicHalves.every((half) => isPublicHalf(half, key)) ? key : 'inconsistent'
}

/** The public halves beside the private key, or `undefined` for another format. */
function partsOf(bytes: Uint8Array): { publicHalves: Uint8Array[] } | undefined {
  const [info, ...afterwards] = elementsOf(bytes) ?? []
  if (info?.tag !== SEQUENCE || afterwards.length > 0) return undefined
  const [, , key, ...optional] = elementsOf(info.contents) ?? []
  if (key === undefined || !OCTET_STRING.includes(key.tag) || !holdsOneElement(key)) return undefined
  const others = optional.filter(({ tag }) => tag !== ATTRIBUTES)
  if (others.some(({ tag }) => !PUBLIC_KEY.includes(tag))) return undefined
  const publicHalves = others.map(stringOf).filter((half) => half !== undefined)
  return publicHalves.length === others.length ? { publicHalves } : undefined
}

/** An RSAPrivateKey, an ECPrivateKey or a CurvePrivateKey, with nothing after it. */
function holdsOneElement(key: Element): boolean {
  const contents = stringOf(key)
  return contents !== undefined && elementsOf(contents)?.length === 1
}

function privateKey({ buffer, byteOffset, byteLength }: Uint8Array): KeyObject | undefined {
  try {
    return createPrivateKey({ key: Buffer.from(buffer, byteOffset, byteLength), format: 'der', type: 'pkcs8' })
  } catch {
    return undefined
  }
}

/** Returns whether a BIT STRING equals the one of the key's SubjectPublicKeyInfo (RFC 5958, section 2, PublicKey). */
function isPublicHalf(bits: Uint8Array, key: KeyObject): boolean {
  const [info] = elementsOf(publicKeyDer(key)) ?? []
  const [, own] = elementsOf(info?.contents ?? new Uint8Array()) ?? []
  return own !== undefined && equalInConstantTime(bits, own.contents)
}
