import assert from 'node:assert/strict'
import { test } from 'node:test'
import { IntegrityError } from '../../../src/vault/hierarchy/sealing.ts'
import { RowSnapshot } from '../../../src/vault/records/row-snapshot.ts'
import type { Row, Store } from '../../../src/vault/storage/store.ts'
import { TABLES, type TableName } from '../../../src/vault/storage/table-name.ts'
import { nextGeneration } from '../../support/hierarchy.ts'
import { base64, REGION, TestService } from '../../support/service.ts'

/** What the audit log and the hierarchy keep for themselves goes on. */
const PUT_BACK = TABLES.filter((table) => table !== 'domain_key' && table !== 'audit_head')

test('rows of every table are put back, whether they were changed, deleted or made since', async () => {
  await using service = await TestService.open('off')
  await service.createKey()
  await writeAll(service, ['kept', 'changed', 'deleted'])
  const before = await dump(service)
  const snapshot = await RowSnapshot.take(service.engine)
  for (const round of ['first', 'second']) {
    await writeAll(service, ['changed', 'made'], round)
    await commit(service, { delete: PUT_BACK.map((table) => ({ table, id: idOf('deleted') })) })
    assert.notDeepEqual(await dump(service), before)
    await snapshot.putBack([])
    assert.deepEqual(await dump(service), before, round)
  }
  assert.deepEqual((await service.engine.store.inspectLedger()).problems, [])
})

test('rows are put back where the change log does not go back so far', async () => {
  await using service = await TestService.open('off')
  await service.createKey()
  await writeAll(service, ['changed', 'deleted'])
  const before = await dump(service)
  const store = withoutChangeLog(service.engine.store)
  const snapshot = await RowSnapshot.take({ ...service.engine, store })
  await writeAll(service, ['changed', 'made'], 'since')
  await commit(service, { delete: PUT_BACK.map((table) => ({ table, id: idOf('deleted') })) })
  await snapshot.putBack([])
  assert.deepEqual(await dump(service), before)
})

test('putting back writes what was written since, and nothing else', async () => {
  await using service = await TestService.open('off')
  await service.createKey()
  const snapshot = await RowSnapshot.take(service.engine)
  await service.createKey()
  await snapshot.putBack([])
  const { store } = service.engine
  const revision = await store.revision()
  await snapshot.putBack([])
  assert.deepEqual(await store.changesSince(revision), [])
})

test('what was sealed before opens after rows were put back, also where another generation seals by then', async () => {
  await using service = await TestService.open('off')
  const { keyId } = await service.createKey()
  const { CiphertextBlob } = await service.ok('Encrypt', { KeyId: keyId, Plaintext: base64('kept') })
  const { hierarchy, store } = service.engine
  const [material] = await store.list('material', { limit: 1 })
  assert.ok(material)
  const snapshot = await RowSnapshot.take(service.engine)
  await nextGeneration(hierarchy, store, REGION)
  await commit(service, { delete: [{ table: 'material', id: material.id }] })
  await snapshot.putBack([])
  hierarchy.forgetAll()
  assert.equal((await store.get('material', material.id))?.generation, 2)
  assert.equal((await service.ok('Decrypt', { CiphertextBlob })).Plaintext, base64('kept'))
})

test('an edited row is not taken into a snapshot', async () => {
  await using service = await TestService.open('off')
  await service.createKey()
  const [row] = await service.engine.store.list('key', { limit: 1 })
  assert.ok(row)
  const edited = { ...row, version: row.version + 1, body: row.body.replace('Enabled', 'Disabled') }
  await commit(service, { put: [edited] })
  await assert.rejects(RowSnapshot.take(service.engine), IntegrityError)
})

/** Rows of these names in every table, each with a body and sealed bytes of its own. */
async function writeAll(service: TestService, names: readonly string[], text = 'before'): Promise<void> {
  const { hierarchy, store } = service.engine
  const put: Row[] = []
  for (const table of PUT_BACK) {
    for (const name of names) {
      const id = idOf(name)
      const version = ((await store.get(table, id))?.version ?? 0) + 1
      const body = JSON.stringify({ table, name, text })
      const row = { table, id, owner: `owner of ${text}`, target: text, dueMs: text.length, version, body }
      put.push((await hierarchy.complete({ ...row, sealed: Buffer.from(text) })).row)
    }
  }
  await commit(service, { put })
}

/** An id whose first and second part are a Region, wherever a table looks for it. */
function idOf(name: string): string {
  return `${REGION}/${REGION}/${name}`
}

async function commit(
  { engine: { store, random } }: TestService,
  { put = [], delete: deleted = [] }: { put?: Row[]; delete?: { table: TableName; id: string }[] },
): Promise<void> {
  assert.ok((await store.commit({ id: random.uuid(), expect: [], put, delete: deleted, audit: [] })).committed)
}

/** Everything that rows say; versions and MACs are no part of it. */
async function dump({ engine: { store } }: TestService): Promise<object[]> {
  const tables = await Promise.all(PUT_BACK.map((table) => store.list(table, { limit: 1000 })))
  return tables.flat().map(({ table, id, owner, target, dueMs, body, generation, sealed }) => {
    return { table, id, owner, target, dueMs, body, sealed: sealed && { generation, sealed } }
  })
}

function withoutChangeLog(store: Store): Store {
  return new Proxy(store, {
    get(target, name) {
      if (name === 'changesSince') return async () => undefined
      const value: unknown = Reflect.get(target, name)
      return typeof value === 'function' ? (value.bind(target) as unknown) : value
    },
  })
}
