import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto'
import { Secret } from '@keyhold/protocol'

/** Generates an Ed25519 key (RFC 8032): the private half as PKCS #8 DER, the public half as 32 bytes. */
export function generateAuditKey(): { privateKey: Secret; publicKey: Uint8Array } {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  return {
    privateKey: Secret.of(privateKey.export({ format: 'der', type: 'pkcs8' })),
    publicKey: rawPublicKey(publicKey),
  }
}

/**
 * Returns a signer with the PKCS #8 key in `privateKey`. The caller can wipe `privateKey` afterwards: the KeyObject has
 * its own copy. Throws `TypeError` if the key is not an Ed25519 key.
 */
export function auditSigner(privateKey: Secret): { publicKey: Uint8Array; sign(bytes: Uint8Array): Uint8Array } {
  // A view over the Secret's bytes: wipe() leaves no second copy.
  const { buffer, byteOffset, byteLength } = privateKey.reveal()
  const key = createPrivateKey({ key: Buffer.from(buffer, byteOffset, byteLength), format: 'der', type: 'pkcs8' })
  if (key.asymmetricKeyType !== 'ed25519') throw new TypeError('the audit key is not an Ed25519 key')
  return { publicKey: rawPublicKey(createPublicKey(key)), sign: (bytes) => sign(null, bytes, key) }
}

/** Returns a function that tells whether a signature over `bytes` is by the 32-byte Ed25519 key `publicKey`. */
export function auditVerifier(publicKey: Uint8Array): (bytes: Uint8Array, signature: Uint8Array) => boolean {
  const x = Buffer.from(publicKey).toString('base64url')
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })
  return (bytes, signature) => verify(null, bytes, key, signature)
}

/** RFC 8037, section 2: the JWK's `x` is the 32 bytes of RFC 8032. (The `raw-public` format needs a newer Node.) */
function rawPublicKey(key: KeyObject): Uint8Array {
  return Buffer.from(key.export({ format: 'jwk' }).x ?? '', 'base64url')
}
