import { constants, privateEncrypt } from 'node:crypto'
import type { HashName } from '../../domain/keys/algorithms.ts'
import { equalInConstantTime } from '../constant-time.ts'
import type { DigestScheme } from './digest-scheme.ts'
import { rawVerify } from './raw-rsa.ts'

/** RFC 8017, 9.2, note 1: the DER of DigestInfo before the digest. */
const DIGEST_INFO: Readonly<Partial<Record<HashName, string>>> = Object.freeze({
  sha256: '3031300d060960864801650304020105000420',
  sha384: '3041300d060960864801650304020205000430',
  sha512: '3051300d060960864801650304020305000440',
})

/** RSASSA-PKCS1-v1_5 (RFC 8017, 8.2) over a caller's digest. */
export const rsaPkcs1: DigestScheme = {
  /** OpenSSL adds the padding of EMSA-PKCS1-v1_5 (9.2, steps 4 and 5) around the DigestInfo. */
  sign: ({ key, digest, hash }) =>
    privateEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, digestInfo(digest, hash)),

  /** 8.2.2, steps 3 and 4: encodes the expected message and compares it whole. There is no lenient parser to attack. */
  verify({ key, digest, hash }, signature) {
    const encoded = rawVerify(key, signature)
    return encoded !== undefined && equalInConstantTime(encoded, encode(digestInfo(digest, hash), encoded.byteLength))
  },
}

function digestInfo(digest: Uint8Array, hash: HashName | undefined): Buffer {
  const prefix = hash && DIGEST_INFO[hash]
  if (prefix === undefined) throw new TypeError(`no DigestInfo for ${hash}`)
  return Buffer.concat([Buffer.from(prefix, 'hex'), digest])
}

/** 9.2, steps 4 and 5: 0x00 ‖ 0x01 ‖ PS ‖ 0x00 ‖ T. */
function encode(digestInfo: Buffer, bytes: number): Buffer {
  const padding = Buffer.alloc(bytes - digestInfo.byteLength - 3, 0xff)
  return Buffer.concat([Buffer.of(0, 1), padding, Buffer.of(0), digestInfo])
}
