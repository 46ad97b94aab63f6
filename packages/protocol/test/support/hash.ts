import { createHash, createHmac } from 'node:crypto'
import type { SigningHash } from '../../src/sigv4/sign.ts'

export const nodeHash: SigningHash = {
  sha256Hex: (data) => createHash('sha256').update(data).digest('hex'),
  hmac: (key, data) => createHmac('sha256', key).update(data).digest(),
}
