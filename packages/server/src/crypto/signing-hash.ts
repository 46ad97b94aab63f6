import { createHmac } from 'node:crypto'
import type { SigningHash } from '@keyhold/protocol'
import { sha256 } from './sha256.ts'

/** The hash functions of SigV4, computed by Node's OpenSSL. */
export const signingHash: SigningHash = {
  sha256Hex: sha256,
  hmac: (key, data) => createHmac('sha256', key).update(data).digest(),
}
