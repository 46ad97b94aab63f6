import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GrantLists, type GrantSource } from '../../../src/identity/directory/grant-lists.ts'
import { Slices } from '../../../src/platform/slices.ts'
import type { GrantRecord } from '../../../src/domain/policy/grant-record.ts'
import { grantTable } from '../../../src/vault/records/grant.ts'
import type { KeyName } from '../../../src/domain/keys/record.ts'
import { keyTable } from '../../../src/vault/records/key.ts'
import type { Page } from '../../../src/vault/storage/page.ts'

const KEY = { region: 'eu-central-1', keyId: 'key' }
const KEY_ROW = keyTable.id(KEY)
const GRANTEE = 'grantee'

/** Grants in memory, with a count of what was read, and a moment that a test can act in before each read. */
class Rows implements GrantSource {
  readonly rows = new Map<string, GrantRecord>()
  pages = 0
  single = 0
  before: () => void | Promise<void> = () => undefined

  put(number: number, { key = KEY, grantee = GRANTEE } = {}): string {
    const grant = {
      ...key,
      grantId: String(number).padStart(6, '0'),
      operations: ['Decrypt'],
      grantee: { arn: grantee },
      visibleMs: 0,
    } as unknown as GrantRecord
    this.rows.set(grantTable.id(grant), grant)
    return grantTable.id(grant)
  }

  async list(key: KeyName, party: string, { after = '', limit }: Page): Promise<{ id: string; value: GrantRecord }[]> {
    this.pages += 1
    await this.before()
    const target = grantTable.target({ ...key, grantee: { arn: party } })
    return [...this.rows]
      .filter(([id, grant]) => grantTable.target(grant) === target && id > after)
      .map(([id, value]) => ({ id, value }))
      .toSorted((one, other) => (one.id < other.id ? -1 : 1))
      .slice(0, limit)
  }

  async read(rowId: string): Promise<GrantRecord | undefined> {
    this.single += 1
    const row = this.rows.get(rowId)
    await this.before()
    return row
  }
}

function listsOf(source: GrantSource, maxGrants = 1000): GrantLists {
  return new GrantLists(source, new Slices(), maxGrants)
}

async function idsIn(lists: GrantLists, grantee = GRANTEE): Promise<string[]> {
  return [...(await lists.get(KEY, grantee)).all()].map(({ grantId }) => grantId).toSorted()
}

test('a change of one grant reads that one again, and not the list', async () => {
  const source = new Rows()
  for (let number = 0; number < 120; number++) source.put(number)
  const lists = listsOf(source)
  assert.equal((await idsIn(lists)).length, 120)
  const { pages } = source
  lists.changed(source.put(500))
  const revoked = `${KEY_ROW}/000007`
  source.rows.delete(revoked)
  lists.changed(revoked)
  const ids = await idsIn(lists)
  assert.deepEqual([ids.length, ids.includes('000500'), ids.includes('000007')], [120, true, false])
  assert.deepEqual([source.pages - pages, source.single], [0, 2])
  assert.ok(!(lists.get(KEY, GRANTEE) instanceof Promise), 'what is current is there at once')
})

test('a grant that is revoked while the list is read is not in it afterwards', async () => {
  const source = new Rows()
  for (let number = 0; number < 200; number++) source.put(number)
  const lists = listsOf(source)
  source.before = async () => {
    if (source.pages !== 3) return
    source.before = () => undefined
    // It was in the first page; and another grantee's request takes the change in before this list is there.
    source.rows.delete(`${KEY_ROW}/000001`)
    lists.changed(`${KEY_ROW}/000001`)
    await lists.get(KEY, 'another')
  }
  assert.equal((await idsIn(lists)).includes('000001'), false)
  assert.equal((await idsIn(lists)).includes('000001'), false)
})

test('no caller gets a list while a change is being applied to it', async () => {
  const source = new Rows()
  source.put(1)
  const lists = listsOf(source)
  await lists.get(KEY, GRANTEE)
  const { promise: held, resolve: release } = Promise.withResolvers<void>()
  source.rows.delete(`${KEY_ROW}/000001`)
  lists.changed(`${KEY_ROW}/000001`)
  source.before = () => held
  const first = lists.get(KEY, GRANTEE)
  await new Promise((resolve) => setImmediate(resolve))
  const second = lists.get(KEY, GRANTEE)
  assert.ok(second instanceof Promise)
  release()
  for (const list of [first, second]) assert.equal((await list).size, 0)
})

test('requests that come while a list is read wait for that reading', async () => {
  const source = new Rows()
  for (let number = 0; number < 60; number++) source.put(number)
  const lists = listsOf(source)
  const sizes = await Promise.all(Array.from({ length: 20 }, async () => (await lists.get(KEY, GRANTEE)).size))
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
  await lists.get(KEY, GRANTEE)
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
  await assert.rejects(async () => lists.get(KEY, GRANTEE), { message: 'the disk is gone' })
  source.before = () => undefined
  assert.equal((await idsIn(lists)).length, 1)
  lists.changed(source.put(2))
  source.before = () => {
    throw new Error('gone again')
  }
  await assert.rejects(async () => lists.get(KEY, GRANTEE), { message: 'gone again' })
  source.before = () => undefined
  assert.equal((await idsIn(lists)).length, 2)
})

const keyOf = (number: number): KeyName => ({ region: 'eu-central-1', keyId: `key-${number}` })

test('no more grants are kept than may, the newest key among them', async () => {
  const source = new Rows()
  for (let key = 0; key < 50; key++) {
    for (let number = 0; number < 10; number++) source.put(key * 10 + number, { key: keyOf(key) })
  }
  const lists = listsOf(source, 100)
  for (let key = 0; key < 50; key++) await lists.get(keyOf(key), GRANTEE)
  assert.ok(!(lists.get(keyOf(49), GRANTEE) instanceof Promise))
  assert.ok(lists.get(keyOf(0), GRANTEE) instanceof Promise)
  lists.clear()
  assert.ok(lists.get(keyOf(49), GRANTEE) instanceof Promise)
})
