import {
  createCipheriv,
  createDecipheriv,
  createPublicKey,
  createSecretKey,
  createSign,
  createVerify,
  generateKeyPairSync,
  hkdfSync,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import type { AesGcm, Cryptography, OpenRequest, Sealed, SealRequest, Signer, Verifier } from '../crypto.ts'

/** The port's driver over node:crypto. Keys are KeyObjects: with raw keys each frame would import the key again. */
export const nodeCryptography: Cryptography = Object.freeze({
  random: (length) => randomBytes(length),
  hkdf: ({ hash, secret, salt, info, length }) => new Uint8Array(hkdfSync(hash, secret, salt, info, length)),
  aesGcm: (key) => aesGcm(createSecretKey(key)),
  signer,
  verifier,
  equal: (a, b) => a.length === b.length && timingSafeEqual(a, b),
} satisfies Cryptography)

const CIPHER = 'aes-256-gcm'
const TAG_BYTES = 16

function aesGcm(key: KeyObject): AesGcm {
  return { seal: (batch) => batch.map((request) => seal(key, request)), open: (batch) => openAll(key, batch) }
}

function seal(key: KeyObject, { iv, aad, plaintext }: SealRequest): Sealed {
  const cipher = createCipheriv(CIPHER, key, iv)
  cipher.setAAD(aad)
  const ciphertext = cipher.update(plaintext)
  cipher.final() // GCM holds nothing back: it only completes the tag
  return { ciphertext, tag: cipher.getAuthTag() }
}

function openAll(key: KeyObject, batch: readonly OpenRequest[]): Uint8Array[] | undefined {
  const opened: Uint8Array[] = []
  for (const request of batch) {
    const plaintext = open(key, request)
    if (plaintext === undefined) return undefined
    opened.push(plaintext)
  }
  return opened
}

function open(key: KeyObject, { iv, aad, ciphertext, tag }: OpenRequest): Uint8Array | undefined {
  const decipher = createDecipheriv(CIPHER, key, iv, { authTagLength: TAG_BYTES })
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

const CURVE = 'secp384r1'
const SIGNATURE_HASH = 'sha384'
const COORDINATE_BYTES = 48
/** A compressed point says with its first byte whether y is even. SEC 1, section 2.3.3. */
const COMPRESSED_EVEN = 2
/** What stands before a compressed point of P-384 in a SubjectPublicKeyInfo (RFC 5480). */
const SPKI_PREFIX = Buffer.from('3046301006072a8648ce3d020106052b81040022033200', 'hex')

function signer(): Signer {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: CURVE })
  const sign = createSign(SIGNATURE_HASH)
  return {
    publicKey: compressedPoint(publicKey),
    update: (bytes) => void sign.update(bytes),
    sign: () => sign.sign(privateKey),
  }
}

function compressedPoint(publicKey: KeyObject): Uint8Array {
  const spki = publicKey.export({ format: 'der', type: 'spki' }) // it ends in x and y
  const x = spki.subarray(-2 * COORDINATE_BYTES, -COORDINATE_BYTES)
  const yIsOdd = spki.at(-1)! & 1
  return Buffer.concat([Buffer.of(COMPRESSED_EVEN + yIsOdd), x])
}

function verifier(publicKey: Uint8Array): Verifier | undefined {
  const key = importPoint(publicKey)
  if (key === undefined) return undefined
  const verify = createVerify(SIGNATURE_HASH)
  return {
    update: (bytes) => void verify.update(bytes),
    verify: (signature) => verify.verify(key, signature),
  }
}

/** OpenSSL checks that the point is on the curve. */
function importPoint(publicKey: Uint8Array): KeyObject | undefined {
  if (publicKey.length !== 1 + COORDINATE_BYTES) return undefined
  try {
    return createPublicKey({ key: Buffer.concat([SPKI_PREFIX, publicKey]), format: 'der', type: 'spki' })
  } catch {
    return undefined
  }
}
