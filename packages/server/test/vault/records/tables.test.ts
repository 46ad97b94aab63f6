import assert from 'node:assert/strict'
import { cp, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { Secret } from '@keyhold/protocol'
import { systemRandom } from '../../../src/crypto/random.ts'
import type { Hierarchy } from '../../../src/vault/hierarchy/hierarchy.ts'
import { IntegrityError, type SealedBytes } from '../../../src/vault/hierarchy/sealing.ts'
import { Changeset } from '../../../src/vault/records/changeset.ts'
import { Records } from '../../../src/vault/records/records.ts'
import type { RecordTable, Table } from '../../../src/vault/records/table.ts'
import { tables } from '../../../src/vault/records/tables.ts'
import type { Row, Store } from '../../../src/vault/storage/store.ts'
import { sharedDatabase } from '../../support/hierarchy.ts'

/** Data folders that earlier builds left. */
const LEFT = join(import.meta.dirname, '../../../../../vectors/data')

const declared: Partial<Record<RecordTable, Table<unknown>>> = tables

test('every row of every folder of earlier builds is where its declaration puts its record', async () => {
  const seen = new Set<string>()
  for (const folder of await readdir(LEFT)) {
    for (const row of await rowsOf(folder)) {
      const table = row.table === 'domain_key' ? undefined : declared[row.table]
      if (table === undefined) continue
      seen.add(row.table)
      const { id, owner, target, dueMs } = row
      const record = table.read(row)
      const place = {
        id: table.id(record),
        owner: table.owner(record),
        target: table.target(record),
        dueMs: table.dueMs(record),
      }
      assert.deepEqual(place, { id, owner, target, dueMs }, `${folder}: ${row.table} ${id}`)
      assert.deepEqual(table.read({ ...row, body: table.body(record) }), record)
      if (!isOfFirstForm(row)) assert.deepEqual(membersOf(table.body(record)), membersOf(row.body))
    }
  }
  assert.deepEqual([...seen].toSorted(), IN_FOLDERS)
})

/** The tables that these folders have rows of. */
const IN_FOLDERS = [
  'access_key',
  'access_key_use',
  'account',
  'alias',
  'attachment',
  'audit_head',
  'entity_name',
  'grant',
  'grant_name',
  'key',
  'key_use',
  'material',
  'policy',
  'principal',
  'setting',
]

/** In the first builds policies were their text alone, and users, roles and groups named their policies by ARN alone. */
function isOfFirstForm({ table, body }: Row): boolean {
  if (table === 'policy') return !body.startsWith('{"form":2,')
  if ((table !== 'principal' && table !== 'group') || body.startsWith('{"type":"Service"')) return false
  const { attached } = JSON.parse(body) as { attached?: unknown[] }
  return attached === undefined || attached.some((reference) => typeof reference === 'string')
}

/** What a body says, in whichever order; settings need not be JSON. */
function membersOf(body: string): unknown {
  return /^[[{]/.test(body) ? JSON.parse(body) : body
}

async function rowsOf(folder: string): Promise<Row[]> {
  const copy = await mkdtemp(join(tmpdir(), 'keyhold-vectors-'))
  try {
    await cp(join(LEFT, folder, 'data'), copy, { recursive: true })
    using database = new DatabaseSync(join(copy, 'keyhold.db'))
    return database
      .prepare('SELECT kind AS "table", id, owner, target, due_ms AS dueMs, body FROM stored_row')
      .all() as unknown as Row[]
  } finally {
    await rm(copy, { recursive: true })
  }
}

const KEY = { region: 'eu-central-1', keyId: 'a-key' }
const PLACE = { accountId: '111122223333', region: 'eu-central-1' }
const ACCOUNT = PLACE.accountId
const OWN = { arn: `arn:aws:iam::${PLACE.accountId}:policy/own`, id: 'ANPAEXAMPLE' }
const AWS = 'arn:aws:iam::aws:policy/ReadOnlyAccess'
const ANN = { arn: 'arn:aws:iam::111122223333:user/team/ann', principalId: 'AIDAEXAMPLE' }

/** One record of each table; what is due has a date. */
const SAMPLES: { readonly [N in keyof typeof tables]: object } = {
  account: { accountId: ACCOUNT, createdMs: 1 },
  principal: {
    type: 'IAMUser',
    principalId: ANN.principalId,
    accountId: ACCOUNT,
    userName: 'ann',
    path: '/team/',
    inline: { own: '{}' },
    attached: [OWN, { arn: AWS }],
    groups: ['AGPAEXAMPLE'],
    boundary: OWN,
  },
  entity_name: { accountId: ACCOUNT, kind: 'user', entityId: ANN.principalId, name: 'Ann', path: '/team/' },
  access_key: {
    accessKeyId: 'AKIAEXAMPLE',
    principalId: ANN.principalId,
    accountId: ACCOUNT,
    active: true,
    createdMs: 1,
  },
  access_key_use: {
    accessKeyId: 'AKIAEXAMPLE',
    principalId: ANN.principalId,
    usedMs: 1,
    service: 'kms',
    region: 'eu-central-1',
  },
  role_use: { principalId: 'AROAEXAMPLE', accountId: ACCOUNT, usedMs: 1, region: 'eu-central-1' },
  group: { groupId: 'AGPAEXAMPLE', groupName: 'all', accountId: ACCOUNT, path: '/', inline: {}, attached: [OWN] },
  membership: { groupId: 'AGPAEXAMPLE', principalId: ANN.principalId },
  managed_policy: {
    policyId: OWN.id,
    policyName: 'own',
    accountId: ACCOUNT,
    path: '/',
    versions: [],
    defaultVersion: 'v1',
  },
  attachment: { accountId: ACCOUNT, policy: OWN, how: 'boundary', kind: 'user', entityId: ANN.principalId },
  instance_profile: {
    profileId: 'AIPAEXAMPLE',
    profileName: 'p',
    accountId: ACCOUNT,
    path: '/',
    roleId: 'AROAEXAMPLE',
  },
  oidc_provider: { accountId: ACCOUNT, provider: 'issuer.example/path', clientIds: ['c'], thumbprints: [], tags: [] },
  key: { ...KEY, ...PLACE, state: 'PendingDeletion', deletionMs: 5, description: 'd' },
  key_use: { usedMs: 1, operation: 'Encrypt', requestId: 'r', eventId: 'e', ...PLACE, ...KEY },
  policy: { ...PLACE, ...KEY, text: '{}', bindings: { [ANN.arn]: ANN.principalId } },
  material: { materialId: 'm', createdMs: 1, imported: { present: true, validToMs: 5 }, ...KEY },
  alias: { name: 'alias/app/one', ...PLACE, targetKeyId: KEY.keyId, createdMs: 1, updatedMs: 2 },
  grant: { grantId: 'g', ...KEY, name: 'n', operations: ['Decrypt'], grantee: ANN, retiring: ANN, byIds: true },
  grant_name: { ...KEY, digest: 'd', grantId: 'g' },
  retirable: { region: KEY.region, retiring: ANN.arn, keyId: KEY.keyId, grantId: 'g' },
  audit_head: { name: 'streams', list: 'audit-index', says: { streams: 1, made: 0, tips: {} } },
  setting: { name: 'a-setting', text: 'not JSON' },
  quorum_rule: { accountId: ACCOUNT, ruleName: 'r' },
  quorum_request: { accountId: ACCOUNT, requestId: 'q' },
  destroyed: { ...KEY, ...PLACE, deletedMs: 1, materials: [] },
  backup: { backupId: 'b2', chain: 'b1', base: 'b1', file: '/b/one.tar.age', revision: 2, domains: { global: [1] } },
}

/** Where samples are of which no folder has such rows: id, owner and target. */
const PLACES: readonly [RecordTable, string, string, string][] = [
  ['entity_name', '111122223333/user/ann', '111122223333/user', 'AIDAEXAMPLE'],
  ['role_use', 'AROAEXAMPLE', '111122223333', ''],
  ['group', 'AGPAEXAMPLE', '111122223333', ''],
  ['membership', 'AGPAEXAMPLE/AIDAEXAMPLE', 'AGPAEXAMPLE', 'AIDAEXAMPLE'],
  ['managed_policy', 'ANPAEXAMPLE', '111122223333', ''],
  ['attachment', 'ANPAEXAMPLE|boundary|AIDAEXAMPLE', '111122223333|ANPAEXAMPLE', 'AIDAEXAMPLE'],
  ['instance_profile', 'AIPAEXAMPLE', '111122223333', 'AROAEXAMPLE'],
  ['oidc_provider', '111122223333/issuer.example/path', '111122223333', ''],
  ['audit_head', 'streams', 'audit-index', ''],
  ['backup', 'b2', 'b1', ''],
  ['quorum_rule', '111122223333/r', '111122223333', ''],
  ['quorum_request', '111122223333/q', '111122223333', ''],
  ['destroyed', 'eu-central-1/a-key', '111122223333/eu-central-1', ''],
  ['retirable', `eu-central-1/${ANN.arn}/g`, `eu-central-1/${ANN.arn}`, ''],
]

test('rows of the other tables are where earlier builds put them too', () => {
  const pinned = new Set([...IN_FOLDERS, ...PLACES.map(([name]) => name)])
  assert.deepEqual([...pinned].toSorted(), Object.keys(SAMPLES).toSorted())
  for (const [name, ...place] of PLACES) {
    const [table, sample] = [tables[name] as Table<unknown>, SAMPLES[name]]
    assert.deepEqual([table.id(sample), table.owner(sample), table.target(sample)], place, name)
  }
})

/** Changes of the sample, and when its row is due then. */
const DUE: readonly [RecordTable, object, number | null][] = [
  ['key', {}, 5],
  ['key', { state: 'Creating' }, 0],
  ['key', { state: 'Updating', deletionMs: undefined }, 0],
  ['key', { state: 'Enabled', deletionMs: undefined }, null],
  ['key', { state: 'Enabled', deletionMs: undefined, rotation: { periodDays: 90, nextMs: 7 } }, 7],
  ['key', { state: 'Disabled', deletionMs: undefined, rotation: { periodDays: 90, nextMs: 7 } }, null],
  [
    'key',
    {
      state: 'Enabled',
      deletionMs: undefined,
      rotation: { periodDays: 90, nextMs: 7 },
      multiRegion: { type: 'REPLICA' },
    },
    null,
  ],
  ['material', {}, 5],
  ['material', { imported: { present: false } }, null],
  ['material', { imported: undefined }, null],
]

test('a row is due when a job can do something about its record, and no other row ever is', () => {
  for (const [name, change, dueMs] of DUE) {
    assert.equal(declared[name]?.dueMs({ ...SAMPLES[name], ...change }), dueMs, `${name} ${JSON.stringify(change)}`)
  }
  for (const [name, sample] of Object.entries(SAMPLES)) {
    if (name !== 'key' && name !== 'material') assert.equal(declared[name as RecordTable]?.dueMs(sample), null, name)
  }
})

test('a record is read as it was written, and refused once any column of its row is another', async (t) => {
  const shared = await sharedDatabase(t)
  const hierarchy = await shared.open()
  const records = new Records({ store: shared.store, hierarchy, random: systemRandom })
  for (const [name, sample] of Object.entries(SAMPLES)) {
    const table: Table<unknown> = declared[name as RecordTable] ?? assert.fail()
    const sealed = ['material', 'access_key', 'setting'].includes(name)
      ? await sealedBytes(table.domain(table.id(sample)), hierarchy)
      : undefined
    const changes = new Changeset()
    changes.insert(table, sample, { sealed })
    assert.ok((await records.commit(changes)).committed)
    const read = await records.get(table, sample)
    assert.deepEqual(read?.value, sample)
    assert.deepEqual(read.sealed?.bytes && Buffer.from(read.sealed.bytes), sealed && Buffer.from(sealed.bytes))
    const row = await shared.store.get(table.name, table.id(sample))
    assert.ok(row)
    await refusedOnEveryPath(table, row, hierarchy)
  }
})

function sealedBytes(domain: string, hierarchy: Hierarchy): Promise<SealedBytes> {
  return hierarchy.seal(domain, 'material', [KEY.keyId, 'm'], Secret.of(Buffer.from('planted')))
}

/** What a person who can write the database can do to one column. */
function alterations({ id, owner, target, dueMs, version, generation, body, sealed, mac }: Row): Partial<Row>[] {
  return [
    { id: `${id}x` },
    { owner: `${owner}x` },
    { target: `${target}x` },
    { dueMs: dueMs === null ? 1 : dueMs - 1 },
    { version: version + 1 },
    { generation: generation + 1 },
    { body: `${body} ` },
    { sealed: sealed === null ? Uint8Array.of() : sealed.map((byte) => byte ^ 1) },
    { mac: mac.map((byte) => byte ^ 1) },
    { owner: owner + target, target: '' },
  ]
}

async function refusedOnEveryPath(table: Table<unknown>, row: Row, hierarchy: Hierarchy): Promise<void> {
  const page = { limit: 1 }
  const changed = alterations(row).filter((change) => JSON.stringify({ ...row, ...change }) !== JSON.stringify(row))
  for (const change of changed) {
    const records = new Records({ store: storing({ ...row, ...change }), hierarchy, random: systemRandom })
    const paths = [
      () => records.byId(table, row.id),
      () => records.list(table, page),
      () => records.listByOwner(table, table.read(row), page),
      () => records.listByTarget(table, table.read(row), page),
      () => records.due(table, 10, 1),
    ]
    for (const path of paths) await assert.rejects(path, IntegrityError, `${table.name} ${JSON.stringify(change)}`)
    assert.equal((await records.examined.byId(table, row.id))?.isAuthentic, false)
  }
}

/** A store in which each read finds this row. */
function storing(row: Row): Store {
  const all = (): Promise<Row[]> => Promise.resolve([row])
  const reads = { get: () => Promise.resolve(row), list: all, listByOwner: all, listByTarget: all, listDue: all }
  return reads as unknown as Store
}

test('a record is not written over that of another row', async (t) => {
  const shared = await sharedDatabase(t)
  const records = new Records({ store: shared.store, hierarchy: await shared.open(), random: systemRandom })
  const changes = new Changeset()
  changes.insert<unknown>(tables.alias, SAMPLES.alias)
  await records.commit(changes)
  const [alias] = await records.list(tables.alias, { limit: 1 })
  assert.ok(alias)
  const other = { ...alias.value, name: 'alias/other' }
  assert.throws(() => new Changeset().update(alias, other), TypeError)
})
