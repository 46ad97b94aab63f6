import { randomFillSync, randomUUID } from 'node:crypto'
import { fixedBytes, Secret } from '@keyhold/protocol'
import type { Random } from '../platform/random.ts'

/** One call for 16 KiB costs as much as two calls for 32 bytes. */
const POOL_BYTES = 16 * 1024
/** Longer requests would empty the pool too often. */
const MAX_POOLED_BYTES = 256

/** The system's generator, through OpenSSL's CSPRNG. */
export const systemRandom: Random = {
  bytes: pooledBytes,
  secret: (size) => Secret.of(randomFillSync(fixedBytes(size))),
  uuid: () => randomUUID(), // node:crypto keeps a pool of its own for these
}

const pool = new Uint8Array(POOL_BYTES)
let used = POOL_BYTES

/** Returns a copy out of the pool. No part of the pool is returned twice, and no other code can write to the result. */
function pooledBytes(size: number): Uint8Array {
  if (size > MAX_POOLED_BYTES) return randomFillSync(new Uint8Array(size))
  if (used + size > POOL_BYTES) {
    randomFillSync(pool)
    used = 0
  }
  const start = used
  used += size
  return pool.slice(start, used)
}
