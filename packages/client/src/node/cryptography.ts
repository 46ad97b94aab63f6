import {
  createCipheriv,
  createDecipheriv,
  createPublicKey,
  createSecretKey,
  createSign,
  createVerify,
  generateKeyPairSync,
  hkdfSync,
  randomFillSync,
  timingSafeEqual,
} from 'node:crypto'
import type { CipherGCMTypes, KeyObject } from 'node:crypto'
import type {
  AesGcm,
  Cryptography,
  HkdfRequest,
  OpenRequest,
  Sealed,
  SealRequest,
  SigningKey,
  Verifier,
} from '../crypto.ts'
import { fixedBytes } from '../message/bytes.ts'
import type { SignatureScheme } from '../message/suites.ts'

/** The port's driver over node:crypto. Keys are KeyObjects: with raw keys each frame would import the key again. */
export const nodeCryptography: Cryptography = Object.freeze({
  random: (length) => randomFillSync(fixedBytes(length)),
  hkdf,
  aesGcm: (key) => aesGcm(createSecretKey(key)),
  signingKey,
  verifier,
  equal: (a, b) => a.length === b.length && timingSafeEqual(a, b),
} satisfies Cryptography)

function hkdf({ hash, secret, salt, outputs }: HkdfRequest): Uint8Array[] {
  return outputs.map(({ info, length }) => new Uint8Array(hkdfSync(hash, secret, salt, info, length)))
}

const TAG_BYTES = 16

function aesGcm(key: KeyObject): AesGcm {
  const cipher = `aes-${key.symmetricKeySize! * 8}-gcm` as CipherGCMTypes
  return {
    seal: (batch) => batch.map((request) => seal(cipher, key, request)),
    open: (batch) => openAll(cipher, key, batch),
  }
}

function seal(algorithm: CipherGCMTypes, key: KeyObject, { iv, aad, plaintext }: SealRequest): Sealed {
  const cipher = createCipheriv(algorithm, key, iv)
  cipher.setAAD(aad)
  const ciphertext = cipher.update(plaintext)
  cipher.final() // GCM holds nothing back: it only completes the tag
  return { ciphertext, tag: cipher.getAuthTag() }
}

function openAll(algorithm: CipherGCMTypes, key: KeyObject, batch: readonly OpenRequest[]): Uint8Array[] | undefined {
  const opened: Uint8Array[] = []
  for (const request of batch) {
    const plaintext = open(algorithm, key, request)
    if (plaintext === undefined) return undefined
    opened.push(plaintext)
  }
  return opened
}

function open(
  algorithm: CipherGCMTypes,
  key: KeyObject,
  { iv, aad, ciphertext, tag }: OpenRequest,
): Uint8Array | undefined {
  const decipher = createDecipheriv(algorithm, key, iv, { authTagLength: TAG_BYTES })
  decipher.setAAD(aad)
  decipher.setAuthTag(tag)
  const plaintext = decipher.update(ciphertext)
  try {
    decipher.final()
  } catch {
    return undefined // the one thing final() throws for in this mode: the tag does not verify
  }
  return plaintext
}

/** A compressed point says with its first byte whether y is even. SEC 1, section 2.3.3. */
const COMPRESSED_EVEN = 2

interface Curve {
  namedCurve: string
  coordinateBytes: number
  /** What stands before a compressed point in a SubjectPublicKeyInfo (RFC 5480). */
  spkiPrefix: Uint8Array
}

const CURVES: Readonly<Record<SignatureScheme['curve'], Curve>> = Object.freeze({
  'P-256': {
    namedCurve: 'prime256v1',
    coordinateBytes: 32,
    spkiPrefix: Buffer.from('3039301306072a8648ce3d020106082a8648ce3d030107032200', 'hex'),
  },
  'P-384': {
    namedCurve: 'secp384r1',
    coordinateBytes: 48,
    spkiPrefix: Buffer.from('3046301006072a8648ce3d020106052b81040022033200', 'hex'),
  },
})

function signingKey({ curve, hash }: SignatureScheme): SigningKey {
  const { namedCurve, coordinateBytes } = CURVES[curve]
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve })
  return {
    publicKey: compressedPoint(publicKey, coordinateBytes),
    signer: () => {
      const sign = createSign(hash)
      return { update: (bytes) => void sign.update(bytes), sign: () => sign.sign(privateKey) }
    },
  }
}

function compressedPoint(publicKey: KeyObject, coordinateBytes: number): Uint8Array {
  const spki = publicKey.export({ format: 'der', type: 'spki' }) // it ends in x and y
  const x = spki.subarray(-2 * coordinateBytes, -coordinateBytes)
  const yIsOdd = spki.at(-1)! & 1
  return Buffer.concat([Buffer.of(COMPRESSED_EVEN + yIsOdd), x])
}

function verifier({ curve, hash }: SignatureScheme, publicKey: Uint8Array): Verifier | undefined {
  const key = importPoint(CURVES[curve], publicKey)
  if (key === undefined) return undefined
  const verify = createVerify(hash)
  return {
    update: (bytes) => void verify.update(bytes),
    verify: (signature) => verify.verify(key, signature),
  }
}

/** OpenSSL checks that the point is on the curve. */
function importPoint({ coordinateBytes, spkiPrefix }: Curve, publicKey: Uint8Array): KeyObject | undefined {
  if (publicKey.length !== 1 + coordinateBytes) return undefined
  try {
    return createPublicKey({ key: Buffer.concat([spkiPrefix, publicKey]), format: 'der', type: 'spki' })
  } catch {
    return undefined
  }
}
