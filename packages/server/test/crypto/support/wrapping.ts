import { constants, createCipheriv, type KeyObject, publicEncrypt, randomBytes } from 'node:crypto'
import type { WrappingAlgorithm } from '../../../src/domain/keys/specs.ts'

/** Wraps as an importer does, with node:crypto. */
export function wrap(publicKey: KeyObject, algorithm: WrappingAlgorithm, material: Uint8Array): Buffer {
  const oaepHash = algorithm.endsWith('SHA_1') ? 'sha1' : 'sha256'
  const rsa = { key: publicKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash }
  if (algorithm.startsWith('RSAES_OAEP')) return publicEncrypt(rsa, material)
  const key = randomBytes(32)
  return Buffer.concat([publicEncrypt(rsa, key), wrapAes(key, material)])
}

/** AES key wrap with padding (RFC 5649), for AES keys of any length. */
export function wrapAes(key: Uint8Array, material: Uint8Array): Buffer {
  const cipher = createCipheriv(`id-aes${key.byteLength * 8}-wrap-pad`, key, Buffer.from('A65959A6', 'hex'))
  return Buffer.concat([cipher.update(material), cipher.final()])
}
