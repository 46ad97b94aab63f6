import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TableCache } from '../../../src/identity/directory/table-cache.ts'

interface Entry {
  value: string
  bytes: number
}

/** A table in memory whose reads are counted and can be held back. */
class Table {
  readonly rows = new Map<string, Entry>()
  reads = 0
  gate: Promise<void> = Promise.resolve()

  cache(maxBytes = 2 ** 20): { get(id: string): Promise<Entry | undefined>; cache: TableCache<Entry> } {
    const cache = new TableCache<Entry>(maxBytes)
    return { cache, get: (id) => cache.get(id, () => this.#read(id)) }
  }

  async #read(id: string): Promise<Entry | undefined> {
    this.reads += 1
    const found = this.rows.get(id)
    await this.gate
    return found
  }
}

test('a row is read once until it changes, and an absent one is remembered too', async () => {
  const table = new Table()
  const { get, cache } = table.cache()
  table.rows.set('a', { value: 'one', bytes: 3 })
  for (let index = 0; index < 3; index++) {
    assert.equal((await get('a'))?.value, 'one')
    assert.equal(await get('none'), undefined)
  }
  assert.equal(table.reads, 2)
  table.rows.set('a', { value: 'two', bytes: 3 })
  cache.invalidate('a')
  assert.equal((await get('a'))?.value, 'two')
  cache.clear()
  await get('none')
  assert.equal(table.reads, 4)
})

test('what was read before a change that came meanwhile is not kept', async () => {
  const table = new Table()
  const { get, cache } = table.cache()
  table.rows.set('a', { value: 'old', bytes: 3 })
  const { promise, resolve } = Promise.withResolvers<void>()
  table.gate = promise
  const reading = get('a')
  table.rows.set('a', { value: 'new', bytes: 3 })
  cache.invalidate('a')
  resolve()
  await reading
  assert.equal((await get('a'))?.value, 'new')
})

test('the cache stays within its bound by forgetting the oldest', async () => {
  const table = new Table()
  const { get } = table.cache(10 * 1024)
  for (let index = 0; index < 100; index++) await get(`row ${index}`)
  await get('row 99')
  assert.equal(table.reads, 100)
  await get('row 0')
  assert.equal(table.reads, 101)
})

test('long names of rows that are not there count too: strangers choose them', async () => {
  const table = new Table()
  const { get } = table.cache(64 * 1024)
  const names = Array.from({ length: 8 }, (_, index) => String(index).repeat(16 * 1024))
  for (const name of names) await get(name)
  for (const name of names.toReversed()) await get(name)
  assert.equal(table.reads, 8 + 7)
})

test('entries that take much make room earlier', async () => {
  const table = new Table()
  const { get } = table.cache(64 * 1024)
  for (const id of ['a', 'b']) table.rows.set(id, { value: id, bytes: 40 * 1024 })
  for (const id of ['a', 'b', 'a']) await get(id)
  assert.equal(table.reads, 3)
})

test('a row that is not authentic is an error every time, never an entry', async () => {
  const cache = new TableCache<Entry>(1024)
  const read = (): Promise<never> => Promise.reject(new Error('not authentic'))
  for (let index = 0; index < 2; index++) await assert.rejects(cache.get('a', read), /not authentic/)
})
