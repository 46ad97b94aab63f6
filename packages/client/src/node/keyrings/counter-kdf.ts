import { createHmac } from 'node:crypto'
import { Secret } from '@keyhold/protocol'
import { concat, fixedBytes, uint32 } from '../../base/bytes.ts'

const SEPARATOR = Uint8Array.of(0)

export interface CounterKdfInput {
  hash: 'sha256' | 'sha384'
  secret: Uint8Array
  label: Uint8Array
  context: Uint8Array
  length: number
}

/** NIST SP 800-108, section 4.1: a KDF in counter mode with HMAC; counter and length in 32 bits. The caller wipes it. */
export function counterKdf({ hash, secret, label, context, length }: CounterKdfInput): Secret {
  const fixed = concat([label, SEPARATOR, context, uint32(length * 8)])
  const derived = fixedBytes(length)
  for (let end = 0, counter = 1; end < length; counter++) {
    const block = createHmac(hash, secret).update(uint32(counter)).update(fixed).digest()
    derived.set(block.subarray(0, length - end), end)
    end += block.length
    block.fill(0)
  }
  return Secret.of(derived)
}
