import type { DigestScheme } from './digest-scheme.ts'
import { rsaPkcs1 } from './rsa-pkcs1.ts'
import { rsaPss } from './rsa-pss.ts'

/** The schemes over digests that need no noble and verify fast enough for the calling thread. */
export const RSA_DIGEST_SCHEMES: Readonly<Record<string, DigestScheme>> = Object.freeze({
  RSASSA_PKCS1_V1_5: rsaPkcs1,
  RSASSA_PSS: rsaPss,
})
