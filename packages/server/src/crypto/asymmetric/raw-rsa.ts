import { constants, type KeyObject, privateEncrypt, publicDecrypt } from 'node:crypto'

const NO_PADDING = constants.RSA_NO_PADDING

/** The length of the modulus n in bits. Throws `TypeError` for other keys than RSA. */
export function modulusBits(key: KeyObject): number {
  const bits = key.asymmetricKeyDetails?.modulusLength
  if (bits === undefined) throw new TypeError('not an RSA key')
  return bits
}

/** RSASP1 (RFC 8017, 5.2.1) on an encoded message as long as the modulus. OpenSSL blinds it. */
export function rawSign(key: KeyObject, encoded: Uint8Array): Uint8Array {
  return privateEncrypt({ key, padding: NO_PADDING }, encoded)
}

/**
 * RSAVP1 (RFC 8017, 5.2.2). Returns the encoded message, or `undefined` for a signature that has another length or is
 * not below n.
 */
export function rawVerify(key: KeyObject, signature: Uint8Array): Uint8Array | undefined {
  if (signature.byteLength !== Math.ceil(modulusBits(key) / 8)) return undefined
  try {
    return publicDecrypt({ key, padding: NO_PADDING }, signature)
  } catch {
    return undefined
  }
}
