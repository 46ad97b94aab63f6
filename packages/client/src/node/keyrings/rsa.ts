import { constants, createPrivateKey, createPublicKey, KeyObject, privateDecrypt, publicEncrypt } from 'node:crypto'
import { Secret } from '@keyhold/protocol'
import { EnvelopeError } from '../../base/error.ts'

/** The paddings of the specification, "Raw RSA keyring". With OAEP, MGF1 uses the same hash. */
export type RsaPadding = 'PKCS1' | 'OAEP_SHA1_MGF1' | 'OAEP_SHA256_MGF1' | 'OAEP_SHA384_MGF1' | 'OAEP_SHA512_MGF1'

interface NodePadding {
  padding: number
  oaepHash?: string
}

const oaep = (oaepHash: string): NodePadding => ({ padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash })

const PADDINGS: Readonly<Record<RsaPadding, NodePadding>> = Object.freeze({
  PKCS1: { padding: constants.RSA_PKCS1_PADDING },
  OAEP_SHA1_MGF1: oaep('sha1'),
  OAEP_SHA256_MGF1: oaep('sha256'),
  OAEP_SHA384_MGF1: oaep('sha384'),
  OAEP_SHA512_MGF1: oaep('sha512'),
})

/** In PEM, or as node:crypto has it. */
export type RsaKeyInput = string | KeyObject

const MIN_MODULUS_BITS = 2048

/** @throws EnvelopeError INVALID_ARGUMENT for anything but a public RSA key of at least 2048 bits. */
export function rsaPublicKey(input: RsaKeyInput): KeyObject {
  return checked(
    imported(() => (input instanceof KeyObject ? input : createPublicKey(input))),
    'public',
  )
}

/** @throws EnvelopeError INVALID_ARGUMENT for anything but a private RSA key of at least 2048 bits. */
export function rsaPrivateKey(input: RsaKeyInput): KeyObject {
  return checked(
    imported(() => (input instanceof KeyObject ? input : createPrivateKey(input))),
    'private',
  )
}

function imported(read: () => KeyObject): KeyObject {
  try {
    return read()
  } catch (cause) {
    throw new EnvelopeError('INVALID_ARGUMENT', 'This is not a key in PEM.', { cause })
  }
}

function checked(key: KeyObject, type: 'public' | 'private'): KeyObject {
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0
  if (key.type === type && key.asymmetricKeyType === 'rsa' && bits >= MIN_MODULUS_BITS) return key
  const message = `A ${type} RSA key of at least ${MIN_MODULUS_BITS} bits is needed here.`
  throw new EnvelopeError('INVALID_ARGUMENT', message)
}

/** @throws EnvelopeError INVALID_ARGUMENT for a name that is not one of the paddings. */
export function requirePadding(padding: RsaPadding): void {
  if (Object.hasOwn(PADDINGS, padding)) return
  const names = Object.keys(PADDINGS).join(', ')
  throw new EnvelopeError('INVALID_ARGUMENT', `There is no RSA padding ${JSON.stringify(padding)}; there are ${names}.`)
}

export function rsaEncrypt(key: KeyObject, padding: RsaPadding, plaintext: Uint8Array): Uint8Array {
  return publicEncrypt({ key, ...PADDINGS[padding] }, plaintext)
}

/** Throws when the padding is wrong; with PKCS1 OpenSSL answers random bytes instead, so that an attacker does not learn of it. */
export function rsaDecrypt(key: KeyObject, padding: RsaPadding, ciphertext: Uint8Array): Secret {
  return Secret.of(privateDecrypt({ key, ...PADDINGS[padding] }, ciphertext))
}
