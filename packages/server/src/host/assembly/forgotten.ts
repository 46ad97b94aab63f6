import { setImmediate } from 'node:timers/promises'
import { collectGarbage } from '../../platform/collect-garbage.ts'

/**
 * Resolves once what nothing leads to any more is out of memory. What the first collection finds is freed in a later turn of the
 * event loop, and can be what led to more.
 */
export async function forgotten(): Promise<void> {
  for (let round = 0; round < 2; round++) {
    collectGarbage()
    await setImmediate()
  }
}
