import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RowCounts } from '../../src/directory/row-counts.ts'

const LIMITS = { exactFrom: 100, most: 110 }

/** A table whose countings are counted. */
class Table {
  rows = 0
  countings = 0
  gate: Promise<void> = Promise.resolve()

  counts(): RowCounts {
    return new RowCounts(async (_owner, most) => {
      this.countings += 1
      const rows = Math.min(this.rows, most)
      await this.gate
      return rows
    })
  }
}

test('rows are counted once, and again only when so much changed that the limit may be near', async () => {
  const table = new Table()
  const counts = table.counts()
  table.rows = 97
  assert.equal(await counts.count('me', LIMITS), 97)
  for (const expected of [98, 99]) {
    counts.changed()
    assert.equal(await counts.count('me', LIMITS), expected)
  }
  assert.equal(table.countings, 1)
  counts.changed()
  assert.equal(await counts.count('me', LIMITS), 97)
  assert.equal(table.countings, 2)
})

test('at the limit every change is a reason to count, and what did not change is none', async () => {
  const table = new Table()
  const counts = table.counts()
  table.rows = 100
  for (let round = 0; round < 3; round++) assert.equal(await counts.count('me', LIMITS), 100)
  assert.equal(table.countings, 1)
  table.rows = 99
  counts.changed()
  assert.equal(await counts.count('me', LIMITS), 99)
  table.rows = 1000
  counts.changed()
  assert.equal(await counts.count('me', LIMITS), LIMITS.most)
})

test('after unknown changes, and from before them, no count holds', async () => {
  const table = new Table()
  const counts = table.counts()
  const { promise, resolve } = Promise.withResolvers<void>()
  table.gate = promise
  const old = counts.count('me', LIMITS)
  table.rows = 100
  counts.clear()
  resolve()
  assert.equal(await old, 0)
  assert.equal(await counts.count('me', LIMITS), 100)
})

test('a bound is never below what there is, whatever is inserted and deleted', async () => {
  const table = new Table()
  const counts = table.counts()
  for (let step = 0; step < 500; step++) {
    table.rows += step % 7 === 0 ? -1 : 1
    table.rows = Math.max(0, table.rows)
    counts.changed()
    const counted = await counts.count('me', LIMITS)
    assert.ok(counted >= Math.min(table.rows, LIMITS.most))
    assert.equal(counted >= LIMITS.exactFrom, table.rows >= LIMITS.exactFrom)
  }
  assert.ok(table.countings > 1)
})
