import { after } from 'node:test'
import { type AccountThreads, CryptoThreads } from '../../../src/crypto/workers/crypto-threads.ts'

/** Threads for the tests of one file, closed after them. */
export function testThreads(): AccountThreads {
  const threads = new CryptoThreads({ size: 1 })
  after(() => threads.close())
  return threads.for('111122223333')
}
