import { randomBytes } from 'node:crypto'
import { DIGEST_BYTES, type HashName } from '../../domain/keys/algorithms.ts'
import type { DigestScheme } from './digest-scheme.ts'
import { encodePss, type PssParameters, verifyPss } from './emsa-pss.ts'
import { modulusBits, rawSign, rawVerify } from './raw-rsa.ts'
import type { KeyObject } from 'node:crypto'

/**
 * RSASSA-PSS (RFC 8017, 8.1) over a caller's digest, with a salt as long as the hash. node:crypto always hashes the
 * message itself, so the encoding is done here; OpenSSL does the RSA operation.
 */
export const rsaPss: DigestScheme = {
  /** 8.1.1. */
  sign({ key, digest, hash }) {
    const parameters = parametersOf(key, hash)
    return rawSign(key, encodePss(digest, randomBytes(DIGEST_BYTES[parameters.hash]), parameters))
  },

  /** 8.1.2. Our moduli are whole bytes, so the encoded message is as long as the modulus. */
  verify({ key, digest, hash }, signature) {
    const encoded = rawVerify(key, signature)
    return encoded !== undefined && verifyPss(digest, encoded, parametersOf(key, hash))
  },
}

function parametersOf(key: KeyObject, hash: HashName | undefined): PssParameters {
  if (hash === undefined) throw new TypeError('PSS needs a hash')
  return { hash, encodedBits: modulusBits(key) - 1 }
}
