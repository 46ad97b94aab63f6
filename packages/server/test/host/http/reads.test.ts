import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { type Connection, SLICE_BYTES } from '../../../src/host/http/connection.ts'
import { Reads } from '../../../src/host/http/reads.ts'

/** A connection on which `bytes` came, with a request in every `bytesPerRequest` of them. */
class Sender {
  readonly socket: { readableLength: number }
  mayRead = true
  reads = 0
  readonly #bytesPerRequest: number

  constructor(bytes: number, bytesPerRequest: number) {
    this.socket = { readableLength: bytes }
    this.#bytesPerRequest = bytesPerRequest
  }

  read(): number {
    const bytes = Math.min(SLICE_BYTES, this.socket.readableLength)
    this.reads += 1
    this.socket.readableLength -= bytes
    return Math.floor(bytes / this.#bytesPerRequest)
  }

  get connection(): Connection {
    return this as unknown as Connection
  }
}

const senders = (count: number, bytes: number, bytesPerRequest: number): Sender[] =>
  Array.from({ length: count }, () => new Sender(bytes, bytesPerRequest))

const readsOf = (some: readonly Sender[]): number => some.reduce((sum, { reads }) => sum + reads, 0)

function reads(...cut: Connection[][]): Reads {
  const all = new Reads((connection) => {
    cut[0]?.push(connection)
    all.forget(connection)
  })
  return all
}

test('one request each of a few connections is read at once', () => {
  const all = reads()
  const usual = senders(16, 900, 900)
  for (const { connection } of usual) all.ready(connection)
  assert.equal(readsOf(usual), 16)
})

test('in one turn of the event loop, no more is parsed than some requests and two slices', async () => {
  const all = reads()
  const floods = senders(100, 65_536, 28)
  for (const { connection } of floods) all.ready(connection)
  assert.equal(readsOf(floods), 1, 'the first slice has more requests than are parsed in a turn')
  for (let turn = 1; turn < 10; turn++) {
    const before = readsOf(floods)
    await setImmediate()
    assert.ok(readsOf(floods) - before <= 2, `${readsOf(floods) - before} slices`)
  }
})

test('a connection that sent little is read in the next turn, even if many sent much', async () => {
  const all = reads()
  for (const { connection } of senders(100, 65_536, 28)) all.ready(connection)
  const [usual] = senders(1, 900, 900)
  all.ready(usual!.connection)
  await setImmediate()
  await setImmediate()
  assert.equal(usual!.reads, 1)
})

test('a connection that sent much is read, even if many send little all the time', async () => {
  const all = reads()
  const [large] = senders(1, 20 * SLICE_BYTES, 1e6)
  const flood = (): void => {
    for (const { connection } of senders(30, 900, 900)) all.ready(connection)
  }
  flood()
  all.ready(large!.connection)
  for (let turn = 0; turn < 25; turn++) {
    flood()
    await setImmediate()
  }
  assert.ok(large!.socket.readableLength <= SLICE_BYTES, 'the rest is little, and waits with the others')
})

test('a connection that may not be read waits, and is read on when it may', async () => {
  const all = reads()
  const [held] = senders(1, 3 * SLICE_BYTES, 900)
  held!.mayRead = false
  all.ready(held!.connection)
  await setImmediate()
  assert.equal(held!.reads, 0)
  held!.mayRead = true
  all.ready(held!.connection)
  await setImmediate()
  await setImmediate()
  assert.equal(held!.socket.readableLength, 0)
})

test('what is unread is bounded: of too many that wait with much, the one that waits longest is cut', () => {
  const cut: Connection[] = []
  const all = reads(cut)
  const [patient, ...held] = [...senders(1, 100, 100), ...senders(1200, 65_536, 28)]
  for (const sender of [patient!, ...held]) {
    sender.mayRead = false
    all.ready(sender.connection)
  }
  assert.equal(cut.length, 200)
  assert.deepEqual(
    cut,
    held.slice(0, 200).map(({ connection }) => connection),
  )
})

test('a connection that sends much is not cut for connections that wait with little', () => {
  const cut: Connection[] = []
  const all = reads(cut)
  const [large, ...small] = [...senders(1, 65_536, 60_000), ...senders(2000, 2000, 900)]
  for (const sender of [...small, large!, ...small]) {
    sender.mayRead = false
    all.ready(sender.connection)
  }
  assert.deepEqual(cut, [])
})
