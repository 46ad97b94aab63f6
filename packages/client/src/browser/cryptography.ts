import { p256, p384 } from '@noble/curves/nist.js'
import type {
  AesGcm,
  Cryptography,
  HkdfRequest,
  OpenRequest,
  Sealed,
  SealRequest,
  Signer,
  SigningKey,
  Verifier,
} from '../message/crypto.ts'
import { EnvelopeError } from '../base/error.ts'
import { concat, fixedBytes } from '../base/bytes.ts'
import type { SignatureScheme } from '../message/suites.ts'

const HASHES = Object.freeze({ sha256: 'SHA-256', sha384: 'SHA-384', sha512: 'SHA-512' })
/** Only for points and signatures in another form: WebCrypto itself signs and verifies. */
const CURVES = Object.freeze({ 'P-256': p256, 'P-384': p384 })
const TAG_BYTES = 16
/** WebCrypto signs what is in memory as a whole: it has no way to hash in pieces. */
const MAX_SIGNED_BYTES = 64 * 2 ** 20

/** WebCrypto takes no view of memory that threads share; nothing here is one. */
type Bytes = Uint8Array<ArrayBuffer>

async function hkdf({ hash, secret, salt, outputs }: HkdfRequest): Promise<Uint8Array[]> {
  const key = await crypto.subtle.importKey('raw', secret as Bytes, 'HKDF', false, ['deriveBits'])
  const derive = async (info: Uint8Array, length: number): Promise<Uint8Array> => {
    const algorithm = { name: 'HKDF', hash: HASHES[hash], salt: salt as Bytes, info: info as Bytes }
    return new Uint8Array(await crypto.subtle.deriveBits(algorithm, key, length * 8))
  }
  return Promise.all(outputs.map(({ info, length }) => derive(info, length)))
}

async function aesGcm(bytes: Uint8Array): Promise<AesGcm> {
  const importing = crypto.subtle.importKey('raw', bytes as Bytes, 'AES-GCM', false, ['encrypt', 'decrypt'])
  const key = await importing.catch((cause: unknown) => {
    const message = `This browser has no AES with keys of ${bytes.length * 8} bits.`
    throw new EnvelopeError('SUITE_REFUSED', message, { cause })
  })
  return {
    seal: (batch) => Promise.all(batch.map((request) => seal(key, request))),
    open: async (batch) => {
      const opened = await Promise.all(batch.map((request) => open(key, request)))
      return opened.every((plaintext) => plaintext !== undefined) ? opened : undefined
    },
  }
}

interface GcmParameters {
  name: 'AES-GCM'
  iv: Bytes
  additionalData: Bytes
  tagLength: number
}

function parametersOf(iv: Uint8Array, aad: Uint8Array): GcmParameters {
  return { name: 'AES-GCM', iv: iv as Bytes, additionalData: aad as Bytes, tagLength: TAG_BYTES * 8 }
}

async function seal(key: CryptoKey, { iv, aad, plaintext }: SealRequest): Promise<Sealed> {
  const sealed = new Uint8Array(await crypto.subtle.encrypt(parametersOf(iv, aad), key, plaintext as Bytes))
  return { ciphertext: sealed.subarray(0, -TAG_BYTES), tag: sealed.subarray(-TAG_BYTES) }
}

async function open(key: CryptoKey, { iv, aad, ciphertext, tag }: OpenRequest): Promise<Uint8Array | undefined> {
  try {
    return new Uint8Array(await crypto.subtle.decrypt(parametersOf(iv, aad), key, concat([ciphertext, tag])))
  } catch {
    return undefined // the one thing that decrypting throws for here: the tag does not verify
  }
}

/** What is signed, collected. */
class Signed {
  readonly #pieces: Uint8Array[] = []
  #length = 0

  readonly update = (bytes: Uint8Array): void => {
    this.#length += bytes.length
    if (this.#length > MAX_SIGNED_BYTES) {
      const message = `In a browser a signed message has at most ${MAX_SIGNED_BYTES} bytes: it is held in memory as a whole.`
      throw new EnvelopeError('LIMIT_EXCEEDED', message)
    }
    this.#pieces.push(bytes.slice())
  }

  get whole(): Uint8Array<ArrayBuffer> {
    return concat(this.#pieces)
  }
}

async function signingKey({ curve, hash }: SignatureScheme): Promise<SigningKey> {
  const algorithm = { name: 'ECDSA', namedCurve: curve }
  const { privateKey, publicKey } = await crypto.subtle.generateKey(algorithm, false, ['sign', 'verify'])
  const point = new Uint8Array(await crypto.subtle.exportKey('raw', publicKey))
  return {
    publicKey: CURVES[curve].Point.fromBytes(point).toBytes(true),
    signer: () => signer(privateKey, curve, hash),
  }
}

function signer(key: CryptoKey, curve: SignatureScheme['curve'], hash: SignatureScheme['hash']): Signer {
  const signed = new Signed()
  return {
    update: signed.update,
    sign: async () => {
      const signature = await crypto.subtle.sign({ name: 'ECDSA', hash: HASHES[hash] }, key, signed.whole)
      return CURVES[curve].Signature.fromBytes(new Uint8Array(signature), 'compact').toBytes('der')
    },
  }
}

/** The point is checked to lie on the curve by both, the library and WebCrypto. */
async function verifier({ curve, hash }: SignatureScheme, publicKey: Uint8Array): Promise<Verifier | undefined> {
  const point = attempt(() => CURVES[curve].Point.fromBytes(publicKey).toBytes(false))
  if (point === undefined || publicKey.length === point.length) return undefined
  const algorithm = { name: 'ECDSA', namedCurve: curve }
  const key = await crypto.subtle.importKey('raw', point as Bytes, algorithm, false, ['verify'])
  const signed = new Signed()
  return {
    update: signed.update,
    verify: async (der) => {
      const signature = attempt(() => CURVES[curve].Signature.fromBytes(der, 'der').toBytes('compact'))
      if (signature === undefined) return false
      return crypto.subtle.verify({ name: 'ECDSA', hash: HASHES[hash] }, key, signature, signed.whole)
    },
  }
}

function attempt<T>(make: () => T): T | undefined {
  try {
    return make()
  } catch {
    return undefined
  }
}

function random(length: number): Uint8Array<ArrayBuffer> {
  return crypto.getRandomValues(fixedBytes(length))
}

/** Takes the same time wherever the two differ: it looks at every byte, and branches on none. */
function equal(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  let difference = 0
  for (let index = 0; index < a.length; index++) difference |= a[index]! ^ b[index]!
  return difference === 0
}

/** The port's driver over WebCrypto, for browsers. Keys are not extractable. */
export const webCryptography: Cryptography = Object.freeze({
  randomSecret: random,
  nonce: random,
  hkdf,
  aesGcm,
  signingKey,
  verifier,
  equal,
} satisfies Cryptography)
