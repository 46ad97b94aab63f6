import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GrantLists, type GrantSource } from '../../../src/identity/directory/grant-lists.ts'
import { Slices } from '../../../src/platform/slices.ts'
import type { Page, Row } from '../../../src/vault/storage/store.ts'

const KEY = 'eu-central-1/key'
const TARGET = `${KEY}/grantee`

/** Rows in memory, with a count of what was read, and a moment that a test can act in before each read. */
class Rows implements GrantSource {
  readonly rows = new Map<string, Row>()
  pages = 0
  single = 0
  before: () => void | Promise<void> = () => undefined

  put(number: number, target = TARGET): string {
    const grantId = String(number).padStart(6, '0')
    const id = `${KEY}/${grantId}`
    const body = JSON.stringify({ grantId, operations: ['Decrypt'], grantee: { arn: 'grantee' }, visibleMs: 0 })
    const columns = { owner: KEY, target, dueMs: null, version: 1, generation: 1, sealed: null, mac: new Uint8Array() }
    this.rows.set(id, { table: 'grant', id, body, ...columns })
    return id
  }

  async list(target: string, { after = '', limit }: Page): Promise<Row[]> {
    this.pages += 1
    await this.before()
    const rows = [...this.rows.values()].filter((row) => row.target === target && row.id > after)
    return rows.toSorted((one, other) => (one.id < other.id ? -1 : 1)).slice(0, limit)
  }

  async read(rowId: string): Promise<Row | undefined> {
    this.single += 1
    const row = this.rows.get(rowId)
    await this.before()
    return row
  }
}

function listsOf(source: GrantSource, maxGrants = 1000): GrantLists {
  return new GrantLists(source, new Slices(), maxGrants)
}

async function idsIn(lists: GrantLists, target = TARGET, key = KEY): Promise<string[]> {
  return [...(await lists.get(key, target)).all()].map(({ grantId }) => grantId).toSorted()
}

test('a change of one grant reads that one again, and not the list', async () => {
  const source = new Rows()
  for (let number = 0; number < 120; number++) source.put(number)
  const lists = listsOf(source)
  assert.equal((await idsIn(lists)).length, 120)
  const { pages } = source
  lists.changed(source.put(500))
  const revoked = `${KEY}/000007`
  source.rows.delete(revoked)
  lists.changed(revoked)
  const ids = await idsIn(lists)
  assert.deepEqual([ids.length, ids.includes('000500'), ids.includes('000007')], [120, true, false])
  assert.deepEqual([source.pages - pages, source.single], [0, 2])
  assert.ok(!(lists.get(KEY, TARGET) instanceof Promise), 'what is current is there at once')
})

test('a grant that is revoked while the list is read is not in it afterwards', async () => {
  const source = new Rows()
  const other = `${KEY}/another`
  for (let number = 0; number < 200; number++) source.put(number)
  const lists = listsOf(source)
  source.before = async () => {
    if (source.pages !== 3) return
    source.before = () => undefined
    // It was in the first page; and another grantee's request takes the change in before this list is there.
    source.rows.delete(`${KEY}/000001`)
    lists.changed(`${KEY}/000001`)
    await lists.get(KEY, other)
  }
  assert.equal((await idsIn(lists)).includes('000001'), false)
  assert.equal((await idsIn(lists)).includes('000001'), false)
})

test('nobody gets a list in which a change is still being taken in', async () => {
  const source = new Rows()
  source.put(1)
  const lists = listsOf(source)
  await lists.get(KEY, TARGET)
  const { promise: held, resolve: release } = Promise.withResolvers<void>()
  source.rows.delete(`${KEY}/000001`)
  lists.changed(`${KEY}/000001`)
  source.before = () => held
  const first = lists.get(KEY, TARGET)
  await new Promise((resolve) => setImmediate(resolve))
  const second = lists.get(KEY, TARGET)
  assert.ok(second instanceof Promise)
  release()
  for (const list of [first, second]) assert.equal((await list).size, 0)
})

test('requests that come while a list is read wait for that reading', async () => {
  const source = new Rows()
  for (let number = 0; number < 60; number++) source.put(number)
  const lists = listsOf(source)
  const sizes = await Promise.all(Array.from({ length: 20 }, async () => (await lists.get(KEY, TARGET)).size))
  assert.deepEqual([new Set(sizes), source.pages], [new Set([60]), 2])
})

test('the event loop turns while a long list is read', async () => {
  const source = new Rows()
  for (let number = 0; number < 5000; number++) source.put(number)
  const lists = listsOf(source, 10_000)
  let turns = 0
  let done = false
  const count = (): void => {
    turns += 1
    if (!done) setImmediate(count)
  }
  setImmediate(count)
  await lists.get(KEY, TARGET)
  done = true
  assert.ok(turns >= 90, `${turns} turns`)
})

test('a failed reading fails those who wait for it, and no later one', async () => {
  const source = new Rows()
  source.put(1)
  const lists = listsOf(source)
  source.before = () => {
    throw new Error('the disk is gone')
  }
  await assert.rejects(async () => lists.get(KEY, TARGET), { message: 'the disk is gone' })
  source.before = () => undefined
  assert.equal((await idsIn(lists)).length, 1)
  lists.changed(source.put(2))
  source.before = () => {
    throw new Error('gone again')
  }
  await assert.rejects(async () => lists.get(KEY, TARGET), { message: 'gone again' })
  source.before = () => undefined
  assert.equal((await idsIn(lists)).length, 2)
})

test('no more grants are kept than may, the newest key among them', async () => {
  const source = new Rows()
  for (let key = 0; key < 50; key++) {
    for (let number = 0; number < 10; number++) source.put(key * 10 + number, `${key}/grantee`)
  }
  const lists = listsOf(source, 100)
  for (let key = 0; key < 50; key++) await lists.get(`${key}`, `${key}/grantee`)
  assert.ok(!(lists.get('49', '49/grantee') instanceof Promise))
  assert.ok(lists.get('0', '0/grantee') instanceof Promise)
  lists.clear()
  assert.ok(lists.get('49', '49/grantee') instanceof Promise)
})
