import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HeadLedger } from '../../src/audit/head-ledger.ts'
import { HeadRows } from '../../src/audit/head-rows.ts'
import type { Position } from '../../src/audit/lines.ts'
import { sha256 } from '../../src/crypto/sha256.ts'
import { manualClock } from '../support/manual-clock.ts'
import { recordsIn } from './support/audit-bench.ts'
import { MemoryStore } from './support/memory-store.ts'

const at = (size: number): Position => ({ segment: 1, bytes: size, size, root: sha256('') })

/** A ledger of a stream whose position a test sets, and what it warned of. */
function ledgerOf(store = new MemoryStore()) {
  const warnings: string[] = []
  const rows = new HeadRows(recordsIn(store))
  const clock = manualClock(0)
  const state = { position: at(1) }
  const ledger = new HeadLedger({
    rows,
    stream: 's',
    kind: 'requests',
    position: () => state.position,
    clock,
    logger: { info() {}, error() {}, warn: (message: string) => void warnings.push(message) },
  })
  const stored = async () => {
    const row = await rows.get('s')
    return [row?.version, row?.head?.size, row?.head?.ended]
  }
  return { ledger, clock, state, stored, warnings, rows, store }
}

const turns = async (): Promise<void> => {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve))
}

test('the row follows the stream once a second, where anything was added, and says when it has ended', async () => {
  const { ledger, clock, state, stored, warnings } = ledgerOf()
  await ledger.commit()
  assert.deepEqual(await stored(), [1, 1, false])
  clock.advance(1000)
  await turns()
  assert.deepEqual(await stored(), [1, 1, false])
  state.position = at(2)
  clock.advance(999)
  await turns()
  assert.deepEqual(await stored(), [1, 1, false])
  clock.advance(1)
  await turns()
  assert.deepEqual(await stored(), [2, 2, false])
  await ledger.commit(true)
  assert.deepEqual([await stored(), warnings], [[3, 2, true], []])
  ledger.stop()
})

test('a database that fails is asked again a second later', async () => {
  const { ledger, clock, state, stored, warnings, store } = ledgerOf()
  await ledger.commit()
  state.position = at(2)
  store.failure = new Error('the database is gone')
  clock.advance(1000)
  await turns()
  assert.equal(warnings.length, 1)
  store.failure = undefined
  clock.advance(1000)
  await turns()
  assert.deepEqual(await stored(), [2, 2, false])
  ledger.stop()
})

test('a row that another process has changed is written over once, with a warning', async () => {
  const { ledger, state, stored, warnings, rows } = ledgerOf()
  await ledger.commit()
  await rows.put('s', 1, { ...at(9), kind: 'requests', ended: true })
  state.position = at(2)
  await ledger.commit()
  assert.deepEqual([await stored(), warnings.length], [[3, 2, false], 1])
  ledger.stop()
})
