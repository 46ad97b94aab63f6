import { randomFillSync, randomUUID } from 'node:crypto'
import { Secret } from '@keyhold/protocol'
import type { Random } from '../platform/random.ts'

/** One call for 16 KiB costs as much as two calls for 32 bytes. */
const POOL_BYTES = 16 * 1024
/** Longer requests would only churn the pool. */
const MAX_POOLED_BYTES = 256

/** The system's generator, through OpenSSL's CSPRNG. */
export const systemRandom: Random = {
  bytes: pooledBytes,
  secret: (size) => Secret.of(randomFillSync(new Uint8Array(size))),
  uuid: () => randomUUID(), // node:crypto keeps a pool of its own for these
}

const pool = new Uint8Array(POOL_BYTES)
let used = POOL_BYTES

/** A copy out of the pool: no part of the pool is handed out twice, and nobody else can write what the caller got. */
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
