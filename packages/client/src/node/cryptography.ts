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
} from '../crypto.ts'
import { fixedBytes } from '../message/bytes.ts'
import type { SignatureScheme } from '../message/suites.ts'
import { compressedPoint, CURVES, importPoint } from './ec-points.ts'

function hkdf({ hash, secret, salt, outputs }: HkdfRequest): Uint8Array[] {
  return outputs.map(({ info, length }) => new Uint8Array(hkdfSync(hash, secret, salt, info, length)))
}

const TAG_BYTES = 16

class NodeAesGcm implements AesGcm {
  readonly key: KeyObject

  constructor(key: KeyObject) {
    this.key = key
  }

  seal(batch: readonly SealRequest[]): Sealed[] {
    return sealFrames(this.key, batch)
  }

  open(batch: readonly OpenRequest[]): Uint8Array[] | undefined {
    return openFrames(this.key, batch)
  }
}

/** The key behind a cipher, to be shared with a thread. Nothing if the cipher was not made by this driver. */
export function keyOf(cipher: AesGcm): KeyObject | undefined {
  return cipher instanceof NodeAesGcm ? cipher.key : undefined
}

function algorithmOf(key: KeyObject): CipherGCMTypes {
  return `aes-${key.symmetricKeySize! * 8}-gcm` as CipherGCMTypes
}

export function sealFrames(key: KeyObject, batch: readonly SealRequest[]): Sealed[] {
  const algorithm = algorithmOf(key)
  return batch.map((request) => seal(algorithm, key, request))
}

function seal(algorithm: CipherGCMTypes, key: KeyObject, { iv, aad, plaintext }: SealRequest): Sealed {
  const cipher = createCipheriv(algorithm, key, iv)
  cipher.setAAD(aad)
  const ciphertext = cipher.update(plaintext)
  cipher.final() // GCM holds nothing back: it only completes the tag
  return { ciphertext, tag: cipher.getAuthTag() }
}

export function openFrames(key: KeyObject, batch: readonly OpenRequest[]): Uint8Array[] | undefined {
  const algorithm = algorithmOf(key)
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
  random: (length) => randomFillSync(fixedBytes(length)),
  hkdf,
  aesGcm: (key) => new NodeAesGcm(createSecretKey(key)),
  signingKey,
  verifier,
  equal: (a, b) => a.length === b.length && timingSafeEqual(a, b),
} satisfies Cryptography)
