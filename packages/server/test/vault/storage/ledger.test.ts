import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemRandom } from '../../../src/crypto/random.ts'
import { CHAIN_START, LedgerKeys, type StoredEntry } from '../../../src/vault/storage/ledger/ledger-keys.ts'
import { checkLedger, type LedgerRow, LedgerState } from '../../../src/vault/storage/ledger/ledger-state.ts'
import { StorageError } from '../../../src/vault/storage/storage-error.ts'
import type { Row } from '../../../src/vault/storage/store.ts'
import { ledgerKey } from './ledger-key.ts'
import { row } from './rows.ts'

const keys = new LedgerKeys(ledgerKey)
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const isTampered = (error: unknown): boolean => error instanceof StorageError && error.code === 'tampered'

const ROW = row({ target: 't', dueMs: 5, sealed: Uint8Array.of(7) })
/** By column: other values of it. */
const OTHER_COLUMNS: { readonly [K in keyof Row]: readonly Row[K][] } = {
  table: ['alias'],
  id: ['other'],
  owner: ['other'],
  target: ['other', ''],
  dueMs: [6, 0, null],
  version: [2],
  generation: [2],
  body: ['[]'],
  sealed: [Uint8Array.of(8), Uint8Array.of(), null],
  mac: [Uint8Array.of(1), Uint8Array.of()],
}

const ENTRY: StoredEntry = {
  eventId: 'e',
  revision: 1,
  position: 2,
  sequence: 3,
  record: 'r',
  previous: CHAIN_START,
  mac: Uint8Array.of(9),
}
const OTHER_ENTRIES: Partial<StoredEntry>[] = [
  { eventId: 'f' },
  { revision: 2 },
  { position: 3 },
  { sequence: 4 },
  { record: 's' },
  { previous: Uint8Array.of(1) },
]

test('a row counts with its table and every column, and no two rows count alike', () => {
  const elements = [hex(keys.rowElement(ROW))]
  for (const [column, values] of Object.entries(OTHER_COLUMNS)) {
    for (const value of values) elements.push(hex(keys.rowElement({ ...ROW, [column]: value })))
  }
  elements.push(hex(keys.rowElement({ ...ROW, mac: Uint8Array.of(), sealed: Uint8Array.of(1, 2, 3, 1, 7) })))
  elements.push(hex(keys.rowElement({ ...ROW, body: 'x'.repeat(70_000) })))
  assert.equal(new Set(elements).size, elements.length)
})

test('a row counts otherwise right after one that differs in one column: nothing of that is left', () => {
  const others = [
    ...Object.entries(OTHER_COLUMNS).flatMap(([column, values]) =>
      values.map((value) => ({ ...ROW, [column]: value })),
    ),
    { ...ROW, mac: Uint8Array.of(1, 1), sealed: Uint8Array.of(7) },
  ]
  for (const other of others) {
    const base = other.mac.byteLength === 2 ? { ...ROW, mac: Uint8Array.of(1), sealed: Uint8Array.of(1, 7) } : ROW
    const element = hex(keys.rowElement(base))
    assert.notEqual(hex(keys.rowElement(other)), element)
    assert.equal(hex(keys.rowElement(base)), element)
  }
})

test('an entry’s MAC and element are over every column, and the element over the MAC', () => {
  const others = OTHER_ENTRIES.map((other) => ({ ...ENTRY, ...other }))
  const macs = [ENTRY, ...others].map((entry) => hex(keys.entryMac(entry)))
  assert.equal(new Set(macs).size, macs.length)
  const elements = [ENTRY, ...others, { ...ENTRY, mac: Uint8Array.of(8) }].map((entry) => hex(keys.entryElement(entry)))
  assert.equal(new Set(elements).size, elements.length)
})

test('a commit’s MAC is over its id, its place and the rows that it changed, in whatever order', () => {
  const [a, b] = [
    { table: 'key', id: 'a' },
    { table: 'key', id: 'b' },
  ]
  assert.equal(hex(keys.commitMac('c', 1, [a, b])), hex(keys.commitMac('c', 1, [b, a])))
  const macs = [
    keys.commitMac('c', 1, [a, b]),
    keys.commitMac('d', 1, [a, b]),
    keys.commitMac('c', 2, [a, b]),
    keys.commitMac('c', 1, [a]),
    keys.commitMac('c', 1, []),
    keys.commitMac('c', 1, [a, { table: 'alias', id: 'b' }]),
    keys.commitMac('c', 1, [{ table: 'key', id: 'a","b' }]),
  ].map(hex)
  assert.equal(new Set(macs).size, macs.length)
})

test('the MACs of rows, entries, commits and the ledger are under keys of their own', () => {
  const message = Buffer.from('message')
  const uses = [keys.mask(message), keys.stateMac(message), keys.stateMac(Buffer.concat([Buffer.of(0), message]))]
  assert.equal(new Set(uses.map(hex)).size, uses.length)
  assert.notEqual(hex(keys.mask(Buffer.of(1))), hex(keys.mask(Buffer.of(2))))
})

/** A ledger of one row and one entry. */
function filled(): LedgerState {
  const state = new LedgerState(keys)
  state.addRow(ROW)
  state.enter({ eventId: 'e', revision: 1, position: 0, record: 'r' })
  return Object.assign(state, { serial: 4, revision: 3, trimmed: 2 })
}

test('a ledger opens as it was sealed, whenever that was, and is sealed under another mask each time', () => {
  const state = filled()
  const [one, two] = [state.seal(systemRandom), state.seal(systemRandom)]
  assert.notDeepEqual(one.digest, two.digest)
  for (const sealed of [one, two]) {
    const opened = LedgerState.open(keys, sealed)
    assert.deepEqual(opened.summary(), { serial: 4, revision: 3, sequence: 1, counts: { key: 1, outbox: 1 } })
    assert.deepEqual([opened.trimmed, hex(opened.chain)], [2, hex(state.chain)])
    assert.ok(opened.sumEquals(state))
  }
})

test('a ledger with any other member, or of another key, is not one of ours', () => {
  const sealed = filled().seal(systemRandom)
  const flipped = (bytes: Uint8Array): Uint8Array =>
    Uint8Array.from(bytes, (byte, index) => byte ^ (index === 0 ? 1 : 0))
  const others: { readonly [K in keyof LedgerRow]: LedgerRow[K] } = {
    serial: 5,
    revision: 4,
    trimmed: 1,
    sequence: 2,
    chain: flipped(sealed.chain),
    counts: '{"key":1}',
    nonce: flipped(sealed.nonce),
    digest: flipped(sealed.digest),
    mac: flipped(sealed.mac),
  }
  checkLedger(keys, sealed)
  for (const [member, value] of Object.entries(others)) {
    assert.throws(() => LedgerState.open(keys, { ...sealed, [member]: value }), isTampered, member)
  }
})

test('what is added and removed leaves nothing, and what is left is the same in whatever order it came', () => {
  const [a, b] = [row({ id: 'a' }), row({ id: 'b', table: 'alias' })]
  const state = new LedgerState(keys)
  for (const one of [a, b, ROW]) state.addRow(one)
  const entry = state.enter({ eventId: 'e', revision: 1, position: 0, record: 'r' })
  state.removeRow(ROW)
  state.removeEntry(entry)
  const other = new LedgerState(keys)
  for (const one of [b, a]) other.addRow(one)
  assert.ok(state.sumEquals(other))
  assert.deepEqual(Object.fromEntries(state.counts), { key: 1, alias: 1 })
  other.removeRow(b)
  assert.equal(state.sumEquals(other), false)
  assert.deepEqual(Object.fromEntries(other.counts), { key: 1 })
})

test('entries are numbered from 1, and each is chained to the one before', () => {
  const state = new LedgerState(keys)
  const append = (eventId: string): StoredEntry => state.enter({ eventId, revision: 1, position: 0, record: 'r' })
  const [one, two] = [append('a'), append('b')]
  assert.deepEqual(
    [one.sequence, hex(one.previous), two.sequence, hex(two.previous)],
    [1, hex(CHAIN_START), 2, hex(one.mac)],
  )
  assert.equal(hex(two.mac), hex(keys.entryMac(two)))
  assert.equal(hex(state.chain), hex(two.mac))
})

test('a copy does not follow the original', () => {
  const state = filled()
  const copy = state.copy()
  assert.ok(copy.sumEquals(state))
  state.addRow(row({ id: 'later' }))
  state.enter({ eventId: 'f', revision: 1, position: 0, record: 'r' })
  assert.deepEqual(copy.summary(), filled().summary())
  assert.ok(copy.sumEquals(filled()))
})
