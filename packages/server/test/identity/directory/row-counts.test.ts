import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RowCounts } from '../../../src/identity/directory/row-counts.ts'

const LIMITS = { exactFrom: 100, most: 110 }
/** From here on, callers take care. */
const NEAR = 90

/** A table whose countings are counted. */
class Table {
  rows = 0
  countings = 0
  gate: Promise<void> = Promise.resolve()

  counts(): RowCounts<string> {
    const count = async (_owner: string, most: number): Promise<number> => {
      this.countings += 1
      const rows = Math.min(this.rows, most)
      await this.gate
      return rows
    }
    return new RowCounts(LIMITS, { name: (owner) => owner, count })
  }
}

test('rows are counted once, and again only when so much changed that the limit may be near', async () => {
  const table = new Table()
  const counts = table.counts()
  table.rows = 97
  assert.equal(await counts.count('me'), 97)
  for (const expected of [98, 99]) {
    counts.changed()
    assert.equal(await counts.count('me'), expected)
  }
  assert.equal(table.countings, 1)
  counts.changed()
  assert.equal(await counts.count('me'), 97)
  assert.equal(table.countings, 2)
})

test('at the limit every change is a reason to count, and what did not change is none', async () => {
  const table = new Table()
  const counts = table.counts()
  table.rows = 100
  for (let round = 0; round < 3; round++) assert.equal(await counts.count('me'), 100)
  assert.equal(table.countings, 1)
  table.rows = 99
  counts.changed()
  assert.equal(await counts.count('me'), 99)
  table.rows = 1000
  counts.changed()
  assert.equal(await counts.count('me'), LIMITS.most)
})

test('an owner that is near the limit is counted once, and not at each change', async () => {
  const table = new Table()
  const counts = table.counts()
  for (table.rows = NEAR; table.rows < LIMITS.exactFrom; table.rows++) {
    assert.equal(await counts.mayHave('me', NEAR), true)
    assert.equal(await counts.count('me'), table.rows)
    counts.changed()
  }
  assert.equal(table.countings, 1)
  assert.equal(await counts.count('me'), LIMITS.exactFrom)
  assert.equal(table.countings, 2)
})

test('an owner that is no longer near the limit is found to be so once it seems to have reached it', async () => {
  const table = new Table()
  const counts = table.counts()
  table.rows = NEAR
  assert.equal(await counts.mayHave('me', NEAR), true)
  for (table.rows = 5; await counts.mayHave('me', NEAR); await counts.count('me')) counts.changed()
  assert.equal(table.countings, 2)
})

test('after unknown changes, and from before them, no count holds', async () => {
  const table = new Table()
  const counts = table.counts()
  const { promise, resolve } = Promise.withResolvers<void>()
  table.gate = promise
  const old = counts.count('me')
  table.rows = 100
  counts.clear()
  resolve()
  assert.equal(await old, 0)
  assert.equal(await counts.count('me'), 100)
})

test('a bound is never below what there is, whatever is inserted and deleted', async () => {
  const table = new Table()
  const counts = table.counts()
  for (let step = 0; step < 500; step++) {
    table.rows += step % 7 === 0 ? -1 : 1
    table.rows = Math.max(0, table.rows)
    counts.changed()
    if (table.rows >= NEAR) assert.ok(await counts.mayHave('me', NEAR))
    const counted = await counts.count('me')
    assert.ok(counted >= Math.min(table.rows, LIMITS.most))
    assert.equal(counted >= LIMITS.exactFrom, table.rows >= LIMITS.exactFrom)
  }
  assert.ok(table.countings > 1)
})
