import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto'
import { Secret } from '@keyhold/protocol'

/** A fresh Ed25519 key (RFC 8032): the private half as PKCS #8 DER, the public half as its 32 bytes. */
export function generateAuditKey(): { privateKey: Secret; publicKey: Uint8Array } {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  return {
    privateKey: Secret.of(privateKey.export({ format: 'der', type: 'pkcs8' })),
    publicKey: rawPublicKey(publicKey),
  }
}

/** Signs with the PKCS #8 key in `privateKey`, which may be wiped afterwards: the KeyObject holds its own copy. */
export function auditSigner(privateKey: Secret): { publicKey: Uint8Array; sign(bytes: Uint8Array): Uint8Array } {
  // A view over the Secret's own bytes, so that no second copy escapes wipe().
  const { buffer, byteOffset, byteLength } = privateKey.reveal()
  const key = createPrivateKey({ key: Buffer.from(buffer, byteOffset, byteLength), format: 'der', type: 'pkcs8' })
  if (key.asymmetricKeyType !== 'ed25519') throw new TypeError('the audit key is not an Ed25519 key')
  return { publicKey: rawPublicKey(createPublicKey(key)), sign: (bytes) => sign(null, bytes, key) }
}

/** Tells whether a signature over `bytes` is by the 32-byte Ed25519 key `publicKey`. */
export function auditVerifier(publicKey: Uint8Array): (bytes: Uint8Array, signature: Uint8Array) => boolean {
  const x = Buffer.from(publicKey).toString('base64url')
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })
  return (bytes, signature) => verify(null, bytes, key, signature)
}

/** RFC 8037, section 2: the JWK's `x` is the 32 bytes of RFC 8032. (The `raw-public` format needs a newer Node.) */
function rawPublicKey(key: KeyObject): Uint8Array {
  return Buffer.from(key.export({ format: 'jwk' }).x ?? '', 'base64url')
}
