import crypto from 'node:crypto'
import { syncBuiltinESMExports } from 'node:module'
import type { TestContext } from 'node:test'

/** Collects, in base64, the bytes on the left of all comparisons in constant time, until the test ends. */
export function watchComparisons(t: TestContext): string[] {
  const compared: string[] = []
  const { timingSafeEqual } = crypto
  t.mock.method(crypto, 'timingSafeEqual', (left: Uint8Array, right: Uint8Array) => {
    compared.push(Buffer.from(left).toString('base64'))
    return timingSafeEqual(left, right)
  })
  syncBuiltinESMExports()
  t.after(() => {
    t.mock.restoreAll()
    syncBuiltinESMExports()
  })
  return compared
}
