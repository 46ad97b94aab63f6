/**
 * Runs before the test files, in their process: ends it when a test fails. The reporter alone would hear of it only when
 * tests that never wait are all done.
 */
import { afterEach } from 'node:test'
import { endWith } from './plan.ts'

afterEach((t) => {
  if ('error' in t && t.error instanceof Error) endWith(t.name, t.error)
})
