import { Secret } from '@keyhold/protocol'
import { systemClock } from '../../../platform/system-clock.ts'
import { type Argon2Cost, argon2id } from '../../../crypto/argon2id.ts'

/** How long a guess should take on the machine that makes the way. */
const TARGET_MS = 1000
const LANES = 4
const MIB = 1024
/** Of the second recommended choice of RFC 9106, section 4; less is never taken, however slow the machine is. */
const FLOOR = { memoryKiB: 64 * MIB, passes: 3 }
const MOST_MEMORY_KIB = 256 * MIB
const MOST_PASSES = 64

/** What one pass over so much memory takes, in milliseconds. */
export type MeasurePass = (memoryKiB: number) => Promise<number>

/**
 * A cost at which a guess takes about a second: with as much memory as leaves room for the least number of passes, as memory is
 * what an attacker's hardware has to pay for (RFC 9106, section 4).
 */
export async function tunedCost(measure: MeasurePass = measurePass): Promise<Argon2Cost> {
  let memoryKiB = MOST_MEMORY_KIB
  let passMs = await measure(memoryKiB)
  while (memoryKiB > FLOOR.memoryKiB && passMs * FLOOR.passes > TARGET_MS) {
    memoryKiB /= 2
    passMs = await measure(memoryKiB)
  }
  const passes = Math.round(TARGET_MS / Math.max(passMs, 1))
  return { memoryKiB, passes: Math.min(Math.max(passes, FLOOR.passes), MOST_PASSES), lanes: LANES }
}

async function measurePass(memoryKiB: number): Promise<number> {
  const startedMs = systemClock.monotonic()
  const input = { salt: new Uint8Array(16), associatedData: new Uint8Array() }
  await argon2id(Secret.of(new Uint8Array(16)), input, { memoryKiB, passes: 1, lanes: LANES })
  return systemClock.monotonic() - startedMs
}
