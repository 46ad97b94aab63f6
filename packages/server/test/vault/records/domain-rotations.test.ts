import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Secret } from '@keyhold/protocol'
import type { Engine } from '../../../src/host/assembly/open.ts'
import { PURPOSES, type Purpose } from '../../../src/vault/hierarchy/sealing.ts'
import { WaitOver } from '../../../src/vault/records/wait-over.ts'
import { Changeset } from '../../../src/vault/records/changeset.ts'
import { keyTable } from '../../../src/vault/records/key.ts'
import { putSetting, settingTable } from '../../../src/vault/records/setting.ts'
import { domainOf, tables } from '../../../src/vault/records/tables.ts'
import type { RecordTable } from '../../../src/vault/records/table.ts'
import { everyRow } from '../../../src/vault/storage/page.ts'
import type { Row, Store } from '../../../src/vault/storage/store.ts'
import { commitOf } from '../storage/rows.ts'
import { base64, REGION, TestService } from '../../support/service.ts'

const OTHER_REGION = 'us-east-1'
const NAMES = Object.keys(tables) as RecordTable[]

describe('every table', () => {
  for (const domain of ['global', REGION]) {
    test(`has its rows of ${domain} moved, sealed bytes and all, and no others`, async () => {
      await using service = await TestService.open()
      const { engine } = service
      const rows = await writeEverywhere(engine)
      await begin(engine, domain)
      const others = await rowsOf(engine.store, (row) => domainOf(row.table as RecordTable, row.id) !== domain)
      const moved = await engine.rotations.move(domain, {})
      assert.deepEqual([moved.refused, moved.complete], [0, true])
      const now = await rowsOf(engine.store, (row) => domainOf(row.table as RecordTable, row.id) === domain)
      assert.deepEqual([...new Set(now.map(({ generation }) => generation))], [2])
      const expected = NAMES.filter((name) =>
        rows.some((row) => row.table === name && domainOf(name, row.id) === domain),
      )
      assert.deepEqual(
        NAMES.filter((name) => now.some(({ table }) => table === name)),
        expected,
      )
      for (const row of rows) await assertSame(engine, row)
      assert.deepEqual(
        await rowsOf(engine.store, (row) => domainOf(row.table as RecordTable, row.id) !== domain),
        others,
      )
      assert.deepEqual((await engine.store.inspectLedger()).problems, [])
    })
  }

  test('is of one of these domains, and every purpose that rows keep is in one of them', () => {
    const domains = NAMES.map((name) => [name, ['global', REGION].includes(domainOf(name, idIn(REGION)) || 'global')])
    assert.deepEqual(
      domains.filter(([, isKnown]) => isKnown === false),
      [],
    )
    const inRows = (Object.keys(PURPOSES) as Purpose[]).filter((purpose) => PURPOSES[purpose] === 'in rows')
    const declared = NAMES.map((name) => tables[name].sealedAs(idIn(REGION))?.purpose).filter(
      (purpose) => purpose !== undefined,
    )
    assert.deepEqual(declared.toSorted(), inRows.toSorted())
  })
})

test('a pass changes no version, no revision and no caches: who read a row before can write it after', async () => {
  await using service = await TestService.open()
  const { engine } = service
  const { keyId } = await service.createKey()
  const before = (await engine.records.get(keyTable, { region: REGION, keyId })) ?? assert.fail()
  await begin(engine, REGION)
  const revision = await engine.store.revision()
  assert.ok((await engine.rotations.move(REGION, {})).rows > 0)
  assert.equal(await engine.store.revision(), revision)
  const changes = new Changeset()
  changes.update(before, { ...before.value, description: 'written over' })
  assert.equal((await engine.records.commit(changes)).committed, true)
})

test('no commit of a process that does not know of the rotation is under an old generation', async () => {
  await using service = await TestService.open()
  const { engine } = service
  const changes = new Changeset()
  putSetting({ name: 'a', text: 'text' }, undefined, changes)
  // The newest generation is in memory, and another process rotates: this one has not followed the changes.
  await engine.records.commit(changes)
  const forget = engine.hierarchy.forgetDomainKeys
  engine.hierarchy.forgetDomainKeys = () => undefined
  await begin(engine, 'global')
  engine.hierarchy.forgetDomainKeys = forget
  const later = new Changeset()
  putSetting({ name: 'b', text: 'text' }, undefined, later)
  assert.equal((await engine.records.commit(later)).committed, true)
  assert.equal((await engine.store.get('setting', 'b'))?.generation, 2)
})

test('sealed bytes that were read before a rotation are written under the newest generation', async () => {
  await using service = await TestService.open()
  const { engine } = service
  await writeEverywhere(engine)
  const before = (await engine.records.get(settingTable, { name: idIn(REGION) })) ?? assert.fail()
  assert.equal(before.sealed?.generation, 1)
  await begin(engine, 'global')
  await engine.rotations.move('global', {})
  const changes = new Changeset()
  changes.update(before, { ...before.value, text: 'other' })
  await engine.records.commit(changes)
  const after = (await engine.records.get(settingTable, { name: idIn(REGION) })) ?? assert.fail()
  assert.equal(after.sealed?.generation, 2)
  const opened = await engine.hierarchy.unseal('global', 'audit', [idIn(REGION)], after.sealed)
  assert.equal(Buffer.from(opened.reveal()).toString(), 'secret of setting')
})

test('sealed bytes of a table that does not say what they are cannot be written', () => {
  const changes = new Changeset()
  const sealed = { generation: 1, bytes: new Uint8Array(1) }
  const record = { region: REGION, keyId: 'k' } as never
  assert.throws(() => changes.insert(keyTable, record, { sealed }), /does not declare what its sealed bytes are/)
})

test('a row that is not authentic is not moved, and is counted', async () => {
  await using service = await TestService.open()
  const { engine } = service
  const row = (await engine.store.get('account', '111122223333')) ?? assert.fail()
  const edited = { ...row, version: row.version + 1, body: row.body.replace('111122223333', '444455556666') }
  await engine.store.commit(commitOf({ put: [edited] }))
  await begin(engine, 'global')
  const moved = await engine.rotations.move('global', {})
  assert.equal(moved.refused, 1)
  assert.deepEqual(await engine.store.get('account', '111122223333'), edited)
})

test('writers and deleters during a pass lose nothing, and no deleted row comes back', async () => {
  await using service = await TestService.open()
  const { engine } = service
  const settings = Array.from({ length: 600 }, (_, index) => `s-${index}`)
  const made = new Changeset()
  for (const name of settings) putSetting({ name, text: '0' }, undefined, made)
  await engine.records.commit(made)
  await begin(engine, 'global')
  const pass = { isMoving: true }
  const moving = engine.rotations.move('global', {}).finally(() => (pass.isMoving = false))
  const expected = new Map(settings.map((name) => [name, '0']))
  for (let turn = 0; pass.isMoving || turn < 50; turn++) {
    const name = settings[(turn * 101) % settings.length] ?? assert.fail()
    const stored = await engine.records.get(settingTable, { name })
    if (stored === undefined) continue
    const changes = new Changeset()
    if (turn % 3 === 0) changes.delete(stored)
    else putSetting({ name, text: String(turn) }, stored, changes)
    assert.equal((await engine.records.commit(changes)).committed, true)
    if (turn % 3 === 0) expected.delete(name)
    else expected.set(name, String(turn))
  }
  assert.equal((await moving).complete, true)
  for (const name of settings) {
    const stored = await engine.records.get(settingTable, { name })
    assert.equal(stored?.value.text, expected.get(name))
  }
  const old = await rowsOf(engine.store, ({ table, generation }) => table === 'setting' && generation !== 2)
  assert.deepEqual(old, [])
  assert.deepEqual((await engine.store.inspectLedger()).problems, [])
})

test('once a generation is destroyed its rows do not verify any more, and its tokens do not open', async () => {
  await using service = await TestService.open()
  const { engine } = service
  const { keyId } = await service.createKey()
  const { CiphertextBlob } = await service.ok('Encrypt', { KeyId: keyId, Plaintext: base64('kept') })
  const [old] = await engine.store.list('key', { limit: 1 })
  const token = await engine.hierarchy.seal(REGION, 'grant-token', [], Secret.of(Buffer.from('token')))
  await begin(engine, REGION)
  await engine.rotations.move(REGION, {})
  await engine.hierarchy.unseal(REGION, 'grant-token', [], token)
  await end(engine, REGION)
  await assert.rejects(engine.hierarchy.verify(old ?? assert.fail()), /no domain key eu-central-1\/1/)
  await assert.rejects(engine.hierarchy.unseal(REGION, 'grant-token', [], token), /does not open/)
  assert.equal(await engine.store.get('domain_key', `${REGION}/1`), undefined)
  assert.equal((await service.ok('Decrypt', { CiphertextBlob })).Plaintext, base64('kept'))
})

test('two begin at once: one generation is made, or each makes its own, and all rows reach the newest', async () => {
  await using service = await TestService.open()
  const { engine } = service
  await service.createKey()
  const results = await Promise.allSettled([begin(engine, REGION), begin(engine, REGION)])
  assert.ok(results.some(({ status }) => status === 'fulfilled'))
  await begin(engine, REGION)
  await Promise.all([engine.rotations.move(REGION, {}), engine.rotations.move(REGION, {})])
  const state = (await engine.rotations.states()).find(({ domain }) => domain === REGION) ?? assert.fail()
  assert.equal(state.newest.retired, undefined)
  assert.equal(state.retired.length, state.newest.generation - 1)
  const generations = (await rowsOf(engine.store, ({ table }) => table === 'key')).map(({ generation }) => generation)
  assert.deepEqual(generations, [state.newest.generation])
  await end(engine, REGION)
  assert.deepEqual((await engine.rotations.states()).find(({ domain }) => domain === REGION)?.retired, [])
})

async function begin(engine: Engine, domain: string): Promise<void> {
  const changes = new Changeset()
  const begun = await engine.rotations.begin(domain, { nowMs: engine.clock.now(), seen: undefined }, changes)
  const result = await begun?.change.commit(changes)
  assert.equal(result?.committed, true)
}

async function end(engine: Engine, domain: string): Promise<void> {
  const retired = (await engine.rotations.states()).find((state) => state.domain === domain)?.retired ?? []
  const changes = new Changeset()
  WaitOver.byDate().requireIn(changes)
  assert.equal((await engine.rotations.end(retired).commit(changes)).committed, true)
}

/** An id of every table, in the Region where it names one. */
function idIn(region: string): string {
  return `${region}/${region}/c`
}

/** A row in every table for each of two Regions, sealed as its table declares. */
async function writeEverywhere({ hierarchy, store }: Engine): Promise<Row[]> {
  const put: Row[] = []
  for (const table of NAMES) {
    for (const region of [REGION, OTHER_REGION]) {
      const id = idIn(region)
      const sealedAs = tables[table].sealedAs(id)
      const secret = Secret.of(Buffer.from(`secret of ${table}`))
      const sealed = sealedAs && (await hierarchy.seal(domainOf(table, id), sealedAs.purpose, sealedAs.context, secret))
      const text = { owner: 'owner', target: 'target', dueMs: 7, version: 1, body: JSON.stringify({ table }) }
      put.push((await hierarchy.complete({ table, id, ...text, sealed: sealed?.bytes ?? null })).row)
    }
  }
  await store.commit(commitOf({ put }))
  return put
}

async function rowsOf(store: Store, wanted: (row: Row) => boolean): Promise<Row[]> {
  const rows: Row[] = []
  for (const name of NAMES) {
    for await (const row of everyRow((page) => store.list(name, page))) if (wanted(row)) rows.push(row)
  }
  return rows
}

/** The row says what it said, is authentic, and its sealed bytes open. */
async function assertSame({ hierarchy, store }: Engine, before: Row): Promise<void> {
  const row = (await store.get(before.table, before.id)) ?? assert.fail()
  const { generation: _g, sealed: _s, mac: _m, ...said } = row
  const { generation: _g2, sealed: _s2, mac: _m2, ...saidBefore } = before
  assert.deepEqual(said, saidBefore)
  await hierarchy.verify(row)
  const table = before.table as RecordTable
  const sealedAs = tables[table].sealedAs(row.id)
  assert.equal(sealedAs === undefined, row.sealed === null)
  if (sealedAs === undefined || row.sealed === null) return
  const sealed = { generation: row.generation, bytes: row.sealed }
  const opened = await hierarchy.unseal(domainOf(table, row.id), sealedAs.purpose, sealedAs.context, sealed)
  assert.equal(Buffer.from(opened.reveal()).toString(), `secret of ${table}`)
}
