import { Secret } from '@keyhold/protocol'
import type { Random } from '../../src/platform/random.ts'

/** Randomness that a test wrote down: `bytes` are handed out in order, and running out is an error. */
export function fixedRandom(bytes: Uint8Array): Random {
  let used = 0
  const take = (size: number): Uint8Array => {
    if (used + size > bytes.byteLength)
      throw new Error(`the test gave ${bytes.byteLength} random bytes; more are wanted`)
    used += size
    return bytes.slice(used - size, used)
  }
  return {
    bytes: take,
    secret: (size) => Secret.of(take(size)),
    uuid: () => {
      throw new Error('the test gave no UUID')
    },
  }
}
