import {
  createCipheriv,
  createDecipheriv,
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
} from '../message/crypto.ts'
import { fixedBytes, scratchBytes } from '../base/bytes.ts'
import type { SignatureScheme } from '../message/suites.ts'
import { compressedPoint, CURVES, importPoint } from './ec-points.ts'

function hkdf({ hash, secret, salt, outputs }: HkdfRequest): Uint8Array[] {
  const key = createSecretKey(secret) // once, as node:crypto would for each output
  return outputs.map(({ info, length }) => new Uint8Array(hkdfSync(hash, key, salt, info, length)))
}

const NOTHING = new Uint8Array(0)
const TAG_BYTES = 16

/** AES-GCM under a key, which is kept in a form that a thread can be given without its bytes. */
export class NodeAesGcm implements AesGcm {
  readonly key: KeyObject
  readonly #algorithm: CipherGCMTypes

  constructor(key: KeyObject) {
    this.key = key
    this.#algorithm = ALGORITHMS[key.symmetricKeySize!]!
  }

  seal(batch: readonly SealRequest[]): Sealed[] {
    return batch.map((request) => seal(this.#algorithm, this.key, request))
  }

  open(batch: readonly OpenRequest[]): Uint8Array[] | undefined {
    const opened: Uint8Array[] = []
    for (const request of batch) {
      const plaintext = open(this.#algorithm, this.key, request)
      if (plaintext === undefined) return undefined
      opened.push(plaintext)
    }
    return opened
  }
}

const ALGORITHMS: Readonly<Record<number, CipherGCMTypes>> = Object.freeze({
  16: 'aes-128-gcm',
  24: 'aes-192-gcm',
  32: 'aes-256-gcm',
})

function seal(algorithm: CipherGCMTypes, key: KeyObject, { iv, aad, plaintext }: SealRequest): Sealed {
  const cipher = createCipheriv(algorithm, key, iv)
  cipher.setAAD(aad)
  const ciphertext = plaintext.length === 0 ? NOTHING : cipher.update(plaintext)
  cipher.final() // GCM holds nothing back: it only completes the tag
  return { ciphertext, tag: cipher.getAuthTag() }
}

function open(
  algorithm: CipherGCMTypes,
  key: KeyObject,
  { iv, aad, ciphertext, tag }: OpenRequest,
): Uint8Array | undefined {
  const decipher = createDecipheriv(algorithm, key, iv, { authTagLength: TAG_BYTES })
  decipher.setAAD(aad)
  decipher.setAuthTag(tag)
  const plaintext = ciphertext.length === 0 ? NOTHING : decipher.update(ciphertext)
  try {
    decipher.final()
  } catch {
    return undefined // the one thing final() throws for in this mode: the tag does not verify
  }
  return plaintext
}

function signingKey({ curve, hash }: SignatureScheme): SigningKey {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: CURVES[curve].namedCurve })
  return {
    publicKey: compressedPoint(publicKey),
    signer: () => {
      const sign = createSign(hash)
      return { update: (bytes) => void sign.update(bytes), sign: () => sign.sign(privateKey) }
    },
  }
}

function verifier({ curve, hash }: SignatureScheme, publicKey: Uint8Array): Verifier | undefined {
  const key = importPoint(publicKey, curve)
  if (key === undefined) return undefined
  const verify = createVerify(hash)
  return {
    update: (bytes) => void verify.update(bytes),
    verify: (signature) => verify.verify(key, signature),
  }
}

/** The port's driver over node:crypto. Keys are KeyObjects: a thread can be given one without its bytes. */
export const nodeCryptography: Cryptography = Object.freeze({
  randomSecret: (length) => randomFillSync(fixedBytes(length)),
  nonce: (length) => randomFillSync(scratchBytes(length)),
  hkdf,
  aesGcm: (key) => new NodeAesGcm(createSecretKey(key)),
  signingKey,
  verifier,
  equal: (a, b) => a.length === b.length && timingSafeEqual(a, b),
} satisfies Cryptography)
