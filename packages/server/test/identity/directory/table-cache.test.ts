import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TableCache } from '../../../src/identity/directory/table-cache.ts'

/** A table in memory whose reads are counted and can be held back. */
class Table {
  readonly rows = new Map<string, string>()
  reads = 0
  gate: Promise<void> = Promise.resolve()

  cache(maxBytes = 2 ** 20): TableCache<string> {
    return new TableCache({ read: (id) => this.#read(id), bytes: (text) => text.length * 2 }, maxBytes)
  }

  async #read(id: string): Promise<string | undefined> {
    this.reads += 1
    const found = this.rows.get(id)
    await this.gate
    return found
  }
}

test('a row is read once until it changes, and an absent one is remembered too', async () => {
  const table = new Table()
  const cache = table.cache()
  table.rows.set('a', 'one')
  for (let index = 0; index < 3; index++) {
    assert.equal(await cache.get('a'), 'one')
    assert.equal(await cache.get('none'), undefined)
  }
  assert.equal(table.reads, 2)
  table.rows.set('a', 'two')
  cache.invalidate('a')
  assert.equal(await cache.get('a'), 'two')
  cache.clear()
  await cache.get('none')
  assert.equal(table.reads, 4)
})

test('what was read before a change that came meanwhile is not kept', async () => {
  const table = new Table()
  const cache = table.cache()
  table.rows.set('a', 'old')
  const { promise, resolve } = Promise.withResolvers<void>()
  table.gate = promise
  const reading = cache.get('a')
  table.rows.set('a', 'new')
  cache.invalidate('a')
  resolve()
  await reading
  assert.equal(await cache.get('a'), 'new')
})

test('the cache stays within its bound by forgetting the oldest', async () => {
  const table = new Table()
  const cache = table.cache(10 * 1024)
  for (let index = 0; index < 100; index++) await cache.get(`row ${index}`)
  await cache.get('row 99')
  assert.equal(table.reads, 100)
  await cache.get('row 0')
  assert.equal(table.reads, 101)
})

test('long names of rows that are not there count too: strangers choose them', async () => {
  const table = new Table()
  const cache = table.cache(64 * 1024)
  const names = Array.from({ length: 8 }, (_, index) => String(index).repeat(16 * 1024))
  for (const name of names) await cache.get(name)
  for (const name of names.toReversed()) await cache.get(name)
  assert.equal(table.reads, 8 + 7)
})

test('a row that does not load is an error every time, never an entry', async () => {
  const cache = new TableCache<string>({ read: () => Promise.reject(new Error('not authentic')), bytes: () => 0 }, 1024)
  for (let index = 0; index < 2; index++) await assert.rejects(cache.get('a'), /not authentic/)
})
