import { domainOf } from '../../../src/vault/records/tables.ts'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Secret } from '@keyhold/protocol'
import { systemRandom } from '../../../src/crypto/random.ts'
import type { Random } from '../../../src/platform/random.ts'
import { IntegrityError, type SealedBytes } from '../../../src/vault/hierarchy/sealing.ts'
import { type Hierarchy, type UnsealedRow, openHierarchy } from '../../../src/vault/hierarchy/hierarchy.ts'
import { keyedRoot, takeRootKey } from '../../../src/vault/root/keyed-root.ts'
import type { Row, Store } from '../../../src/vault/storage/store.ts'
import { domainKeyRow, listing, newRoot, nextGeneration, sharedDatabase } from '../../support/hierarchy.ts'

const REGION = 'eu-central-1'
const SETTING: UnsealedRow = {
  table: 'setting',
  id: 'a-setting',
  owner: '',
  target: '',
  dueMs: null,
  version: 1,
  body: '{}',
  sealed: null,
}

test('opening writes nothing; the first seal makes the first generation, once', async (t) => {
  const shared = await sharedDatabase(t)
  const hierarchy = await shared.open()
  const empty = await shared.store.revision()
  await shared.open()
  assert.equal(await shared.store.revision(), empty)
  await Promise.all(Array.from({ length: 20 }, () => seal(hierarchy)))
  assert.equal((await shared.store.listByOwner('domain_key', REGION, { limit: 10 })).length, 1)
})

test('processes that need a new domain at the same time agree on one key', async (t) => {
  const shared = await sharedDatabase(t)
  const processes = await Promise.all(Array.from({ length: 5 }, () => shared.open()))
  const sealed = await Promise.all(processes.map((one) => seal(one)))
  for (const reader of [...processes, await shared.open()]) for (const bytes of sealed) await unseal(reader, bytes)
  assert.equal((await shared.store.listByOwner('domain_key', REGION, { limit: 10 })).length, 1)
})

test('a domain key is stored under the root alone, and its row names the root and says that there is a ledger', async (t) => {
  const shared = await sharedDatabase(t)
  await seal(await shared.open())
  const row = await domainKeyRow(shared.store, `${REGION}/1`)
  assert.deepEqual(JSON.parse(row.body), { rootId: shared.root.id, rootGeneration: 1, ledger: true })
  assert.deepEqual([row.owner, row.generation, row.version], [REGION, 0, 1])
  assert.equal(await (await shared.open()).verify(row), row)
})

test('another root opens nothing, and says so at once', async (t) => {
  const shared = await sharedDatabase(t)
  await (await shared.open()).complete(SETTING)
  const foreign = await newRoot()
  await assert.rejects(shared.open({ root: foreign }), (error: Error) => {
    assert.ok(error instanceof IntegrityError)
    return error.message.includes(foreign.id) && error.message.includes('global/1')
  })
  const key = takeRootKey({ id: foreign.id, generation: 1, key: Secret.of(new Uint8Array(32)) })
  const sameKeyOtherId = keyedRoot(key, systemRandom)
  await assert.rejects(shared.open({ root: sameKeyOtherId }), IntegrityError)
})

test('after a rotation new seals and rows use the new generation, old ones still open and verify', async (t) => {
  const shared = await sharedDatabase(t)
  const hierarchy = await shared.open()
  const oldSealed = await seal(hierarchy)
  const oldRow = (await hierarchy.complete(SETTING)).row
  for (let generation = 2; generation <= 11; generation++) {
    assert.equal(await nextGeneration(hierarchy, shared.store, REGION), generation)
    assert.equal(await nextGeneration(hierarchy, shared.store, 'global'), generation)
  }
  const newSealed = await seal(hierarchy)
  const newRow = (await hierarchy.complete(SETTING)).row
  assert.deepEqual([oldSealed.generation, oldRow.generation, newSealed.generation, newRow.generation], [1, 1, 11, 11])
  for (const reader of [hierarchy, await shared.open()]) {
    for (const sealed of [oldSealed, newSealed]) await unseal(reader, sealed)
    for (const row of [oldRow, newRow]) assert.equal(await reader.verify(row), row)
    await assert.rejects(unseal(reader, { ...newSealed, generation: 1 }), IntegrityError)
    await assert.rejects(unseal(reader, { ...oldSealed, generation: 2 }), IntegrityError)
  }
})

test('a row is written under the newest generation, and what another sealed is sealed again', async (t) => {
  const shared = await sharedDatabase(t)
  const hierarchy = await shared.open()
  const sealedAs = { purpose: 'audit' as const, context: ['a-setting'] }
  const { generation, bytes } = await hierarchy.seal('global', 'audit', ['a-setting'], Secret.of(Buffer.from('s')))
  await nextGeneration(hierarchy, shared.store, 'global')
  const row = { ...SETTING, sealed: bytes }
  const { row: written, under } = await hierarchy.complete(row, { generation, sealedAs })
  assert.deepEqual([written.generation, under], [2, { table: 'domain_key', id: 'global/2', version: 1 }])
  assert.equal(await hierarchy.verify(written), written)
  const sealed = { generation: 2, bytes: written.sealed ?? assert.fail() }
  const opened = await hierarchy.unseal('global', 'audit', ['a-setting'], sealed)
  assert.equal(Buffer.from(opened.reveal()).toString(), 's')
  for (const wrong of [
    { generation: 3, sealedAs },
    { generation, sealedAs: { ...sealedAs, context: ['another'] } },
    { generation, sealedAs: undefined },
  ]) {
    await assert.rejects(hierarchy.complete(row, wrong), IntegrityError)
  }
})

test('a process learns of another one’s new generation when it meets it, or when it is told to look', async (t) => {
  const shared = await sharedDatabase(t)
  const [first, second, third] = [await shared.open(), await shared.open(), await shared.open()]
  for (const one of [first, second, third]) await seal(one)
  await nextGeneration(first, shared.store, REGION)
  await unseal(second, await seal(first))
  assert.equal((await seal(second)).generation, 2)
  assert.equal((await seal(third)).generation, 1)
  third.forgetAll()
  assert.equal((await seal(third)).generation, 2)
})

test('processes that rotate at the same time make whole generations that all of them open', async (t) => {
  const shared = await sharedDatabase(t)
  const processes = await Promise.all(Array.from({ length: 4 }, () => shared.open()))
  await Promise.all(processes.map((one) => one.seal(REGION, 'marker', [], Secret.of(new Uint8Array()))))
  await Promise.all(processes.map((one) => nextGeneration(one, shared.store, REGION)))
  const sealed = await Promise.all(processes.map((one) => seal(one)))
  for (const reader of processes) for (const bytes of sealed) await unseal(reader, bytes)
  const rows = await shared.store.listByOwner('domain_key', REGION, { limit: 10 })
  const retired = rows.map(({ body }) => 'retired' in (JSON.parse(body) as object))
  assert.deepEqual(retired, [...Array<boolean>(rows.length - 1).fill(true), false])
})

test('a change to any column of a domain key is refused, also by a process that opens later', async (t) => {
  const shared = await sharedDatabase(t)
  await seal(await shared.open())
  const genuine = await domainKeyRow(shared.store, `${REGION}/1`)
  const changes: Partial<Row>[] = [
    { target: 'x' },
    { dueMs: 0 },
    { version: 2 },
    { generation: 1 },
    { body: '{}' },
    { sealed: null },
    { sealed: flipped(genuine.sealed ?? assert.fail()) },
    { mac: flipped(genuine.mac) },
  ]
  for (const change of changes) {
    const changed = { ...genuine, ...change }
    const reader = await shared.open({ wrap: (store) => listing(store, (rows) => rows.map(() => changed)) })
    await assert.rejects(reader.verify(changed), IntegrityError)
    await assert.rejects(seal(reader), IntegrityError, JSON.stringify(change))
  }
  await seal(await shared.open({ wrap: (store) => listing(store, (rows) => rows) }))
})

test('a domain whose key was changed is not one that there is', async (t) => {
  const shared = await sharedDatabase(t)
  await seal(await shared.open())
  const changed = { ...(await domainKeyRow(shared.store, `${REGION}/1`)), target: 'x' }
  const reader = await shared.open({
    wrap: (store) => listing(store, (rows, owner) => (owner === REGION ? [changed] : rows)),
  })
  await assert.rejects(reader.hasDomain(REGION), IntegrityError)
  assert.deepEqual(
    await Promise.all([REGION, 'us-east-1'].map(async (domain) => (await shared.open()).hasDomain(domain))),
    [true, false],
  )
})

test('a ledger begins once: not where a domain key says that there was one, nor where there is no domain key', async (t) => {
  const withoutLedger = (store: Store): Store => ({ ...listing(store, (rows) => rows), ledger: async () => undefined })
  const shared = await sharedDatabase(t)
  await assert.rejects(shared.open({ wrap: withoutLedger }), /IntegrityError.*emptied/)
  await (await shared.open()).complete(SETTING)
  await assert.rejects(shared.open({ wrap: withoutLedger }), /IntegrityError.*ledger of the database was removed/)
})

test('the secret of a new domain key is wiped', async (t) => {
  const made: Secret[] = []
  const shared = await sharedDatabase(t)
  const random: Random = {
    ...systemRandom,
    secret(bytes) {
      const secret = systemRandom.secret(bytes)
      made.push(secret)
      return secret
    },
  }
  await seal(await openHierarchy({ domainOf, root: shared.root, store: shared.store, random, limits: { keyring: 1 } }))
  assert.equal(made.length, 1)
  assert.deepEqual(made[0]?.reveal(), new Uint8Array(32))
})

test('a domain key put in another one’s place is refused', async (t) => {
  const shared = await sharedDatabase(t)
  await seal(await shared.open())
  const genuine = await domainKeyRow(shared.store, `${REGION}/1`)
  for (const { id, owner } of [
    { id: 'us-east-1/1', owner: 'us-east-1' },
    { id: `${REGION}/2`, owner: REGION },
    { id: `${REGION}/01`, owner: REGION },
    { id: 'smuggled', owner: REGION },
  ]) {
    const planted = { ...genuine, id, owner }
    const reader = await shared.open({
      wrap: (store) => listing(store, (rows, listed) => (listed === owner ? [...rows, planted] : rows)),
    })
    await assert.rejects(reader.seal(owner, 'audit', [], Secret.of(Buffer.from('s'))), IntegrityError)
  }
})

test('a database that fails once is asked again', async (t) => {
  const shared = await sharedDatabase(t)
  let failures = 0
  const hierarchy = await shared.open({
    wrap: (store) =>
      listing(store, (rows, owner) => {
        if (owner === REGION && failures++ === 0) throw new Error('disk trouble')
        return rows
      }),
  })
  await assert.rejects(seal(hierarchy), /disk trouble/)
  await unseal(hierarchy, await seal(hierarchy))
})

function seal(hierarchy: Hierarchy): Promise<SealedBytes> {
  return hierarchy.seal(REGION, 'access-key', ['a'], Secret.of(Buffer.from('a secret')))
}

async function unseal(hierarchy: Hierarchy, sealed: SealedBytes): Promise<void> {
  const secret = await hierarchy.unseal(REGION, 'access-key', ['a'], sealed)
  assert.equal(Buffer.from(secret.reveal()).toString(), 'a secret')
}

function flipped(bytes: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(bytes)
  copy[copy.byteLength - 1] = (copy.at(-1) ?? 0) ^ 1
  return copy
}
