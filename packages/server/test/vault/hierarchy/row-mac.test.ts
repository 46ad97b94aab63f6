import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { IntegrityError } from '../../../src/vault/hierarchy/sealing.ts'
import { TABLES, type TableName } from '../../../src/vault/storage/table-name.ts'
import type { Hierarchy, UnsealedRow } from '../../../src/vault/hierarchy/hierarchy.ts'
import { tables } from '../../../src/vault/records/tables.ts'
import type { Row } from '../../../src/vault/storage/store.ts'
import { domainKeyRow, sharedDatabase } from '../../support/hierarchy.ts'
import type { Shared } from '../../support/hierarchy.ts'
import { referenceHmac, referenceKdf, referenceList } from '../../support/reference-ciphertext.ts'
import { watchComparisons } from '../../support/watch-comparisons.ts'

type AuthenticatedTable = Exclude<TableName, 'domain_key'>

const IDS: Readonly<Record<AuthenticatedTable, { id: string; domain: string }>> = {
  account: { id: '111122223333', domain: 'global' },
  principal: { id: 'AIDAEXAMPLE', domain: 'global' },
  entity_name: { id: '111122223333/user/ann', domain: 'global' },
  access_key: { id: 'AKIAEXAMPLE', domain: 'global' },
  access_key_use: { id: 'AKIAEXAMPLE', domain: 'global' },
  role_use: { id: 'AROAEXAMPLE', domain: 'global' },
  group: { id: 'AGPAEXAMPLE', domain: 'global' },
  membership: { id: 'AGPAEXAMPLE/AIDAEXAMPLE', domain: 'global' },
  managed_policy: { id: 'ANPAEXAMPLE', domain: 'global' },
  attachment: { id: 'arn:aws:iam::111122223333:policy/p|attached|AIDAEXAMPLE', domain: 'global' },
  instance_profile: { id: 'AIPAEXAMPLE', domain: 'global' },
  oidc_provider: { id: '111122223333/issuer.example.com/path', domain: 'global' },
  key: { id: 'eu-central-1/a-key', domain: 'eu-central-1' },
  key_use: { id: 'eu-central-1/a-key', domain: 'eu-central-1' },
  policy: { id: 'eu-central-1/a-key', domain: 'eu-central-1' },
  material: { id: 'eu-central-1/a-key/some-material', domain: 'eu-central-1' },
  alias: { id: '111122223333/eu-central-1/alias/app', domain: 'eu-central-1' },
  grant: { id: 'eu-central-1/a-key/a-grant', domain: 'eu-central-1' },
  grant_name: { id: 'eu-central-1/a-key/a-digest', domain: 'eu-central-1' },
  retirable: { id: 'eu-central-1/arn:aws:iam::111122223333:user/ann/a-grant', domain: 'eu-central-1' },
  audit_head: { id: 'a-stream', domain: 'global' },
  setting: { id: 'a-setting', domain: 'global' },
  backup: { id: 'a-backup', domain: 'global' },
  quorum_rule: { id: '111122223333/a-rule', domain: 'global' },
  quorum_request: { id: '111122223333/a-request', domain: 'global' },
  destroyed: { id: 'eu-central-1/a-key', domain: 'eu-central-1' },
}
const AUTHENTICATED = TABLES.filter((table) => table !== 'domain_key')

const text = fc.string({ unit: 'grapheme', maxLength: 12 }).filter((value) => !value.includes('\0'))
const columns = {
  owner: text,
  target: text,
  dueMs: fc.option(fc.nat()),
  version: fc.integer({ min: 1 }),
  body: text,
  sealed: fc.option(fc.uint8Array({ maxLength: 40 })),
}
const rows: fc.Arbitrary<UnsealedRow> = fc
  .tuple(fc.constantFrom(...AUTHENTICATED), fc.record(columns))
  .map(([table, rest]) => ({ table, id: IDS[table].id, ...rest }))

for (const table of AUTHENTICATED) {
  test(`a row of ${table} belongs to the domain ${IDS[table].domain}, and verifies as it was written`, async (t) => {
    const shared = await sharedDatabase(t)
    const row = (await (await shared.open()).complete(plainRow(table))).row
    assert.equal(tables[table].domain(row.id), IDS[table].domain)
    assert.deepEqual(await shared.store.get('domain_key', `${IDS[table].domain}/1`).then((key) => key?.version), 1)
    assert.equal(await (await shared.open()).verify(row), row)
  })
}

test('a change to any column of any row is refused', async (t) => {
  const hierarchy = await (await sharedDatabase(t)).open()
  await fc.assert(
    fc.asyncProperty(rows, fc.record(columns), text, async (plain, other, otherText) => {
      const row = (await hierarchy.complete(plain)).row
      const changes: Partial<Row>[] = [
        ...AUTHENTICATED.filter((table) => table !== row.table).map((table) => ({ table })),
        { id: `${row.id}x` },
        { id: row.id.replace('eu-central-1', 'eu-central-2') },
        { id: otherText },
        { version: row.version + 1 },
        { generation: row.generation + 1 },
        { generation: 0 },
        { body: `${row.body} ` },
        { dueMs: row.dueMs === null ? 0 : null },
        { sealed: row.sealed === null ? new Uint8Array() : null },
        { sealed: Buffer.concat([row.sealed ?? new Uint8Array(), Buffer.of(0)]) },
        { mac: new Uint8Array(32) },
        { mac: row.mac.subarray(0, 31) },
        { mac: new Uint8Array() },
        ...Object.entries(other).map(([column, value]) => ({ [column]: value })),
        { owner: row.owner + row.target, target: '' },
      ]
      for (const change of changes) if (differs(row, change)) await refuses(hierarchy, { ...row, ...change })
      assert.equal(await hierarchy.verify(row), row)
    }),
    { numRuns: 200 },
  )
})

test('every bit of body, sealed bytes and MAC counts', async (t) => {
  const hierarchy = await (await sharedDatabase(t)).open()
  const row = (await hierarchy.complete({ ...plainRow('access_key'), sealed: Buffer.from('sealed') })).row
  for (const column of ['sealed', 'mac'] as const) {
    const bytes = row[column] ?? assert.fail()
    for (let bit = 0; bit < bytes.byteLength * 8; bit++) {
      const changed = Uint8Array.from(bytes)
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      await refuses(hierarchy, { ...row, [column]: changed })
    }
  }
})

test('MACs are compared in constant time, those of domain keys too', async (t) => {
  const shared = await sharedDatabase(t)
  const row = (await (await shared.open()).complete(plainRow('access_key'))).row
  const domainKey = await domainKeyRow(shared.store, 'global/1')
  const reader = await shared.open()
  const compared = watchComparisons(t)
  await reader.verify(row)
  assert.ok(compared.includes(Buffer.from(row.mac).toString('base64')))
  reader.forgetAll()
  await reader.verify(row)
  assert.ok(compared.includes(Buffer.from(domainKey.mac).toString('base64')))
})

test('what moves between neighbouring columns does not verify: every column has its length before it', async (t) => {
  const hierarchy = await (await sharedDatabase(t)).open()
  const row = (await hierarchy.complete({ ...plainRow('setting'), owner: 'ab', target: 'c', body: 'd' })).row
  await refuses(hierarchy, { ...row, owner: 'a', target: 'bc' })
  await refuses(hierarchy, { ...row, owner: 'abc', target: '' })
  await refuses(hierarchy, { ...row, dueMs: 1, version: 1 })
})

test('an inserted row is refused, even with any MAC', async (t) => {
  const hierarchy = await (await sharedDatabase(t)).open()
  const genuine = (await hierarchy.complete(plainRow('policy'))).row
  await refuses(hierarchy, { ...genuine, id: 'eu-central-1/another-key' })
  await refuses(hierarchy, { ...plainRow('principal'), generation: 1, mac: genuine.mac })
  await refuses(hierarchy, { ...plainRow('key'), id: 'ap-east-1/a-key', generation: 1, mac: genuine.mac })
  await refuses(hierarchy, { ...plainRow('alias'), id: 'no-region', generation: 1, mac: genuine.mac })
})

test('rows of one data folder do not verify in another', async (t) => {
  const [ours, theirs] = [await (await sharedDatabase(t)).open(), await (await sharedDatabase(t)).open()]
  await theirs.complete(plainRow('key'))
  await refuses(theirs, (await ours.complete(plainRow('key'))).row)
})

test('the MAC is the specified one, as a second implementation computes it', async (t) => {
  const shared = await sharedDatabase(t)
  const row = (
    await (
      await shared.open()
    ).complete({
      ...plainRow('access_key'),
      owner: 'AIDAÉ',
      dueMs: 1_767_225_600_000,
      sealed: Buffer.from('sealed'),
    })
  ).row
  const names = ['access_key', 'AKIAEXAMPLE', 'AIDAÉ', '', '1767225600000', '1', '1', '{}']
  const message = Buffer.concat([referenceList(names), Buffer.of(1), Buffer.from('sealed')])
  const key = await referenceKdf(
    await domainSecret(shared),
    'keyhold/row-mac',
    referenceList(['global', '1', 'access_key']),
  )
  assert.deepEqual(Buffer.from(row.mac), Buffer.from(await referenceHmac(key, message)))
})

test('a row whose id names no domain cannot be written, nor can a domain key', async (t) => {
  const hierarchy = await (await sharedDatabase(t)).open()
  await assert.rejects(hierarchy.complete({ ...plainRow('alias'), id: 'no-region' }), TypeError)
  await assert.rejects(
    hierarchy.complete({ ...plainRow('setting'), table: 'domain_key' }),
    /only the hierarchy writes domain keys/,
  )
})

function plainRow(table: AuthenticatedTable): UnsealedRow {
  return { table, id: IDS[table].id, owner: '', target: '', dueMs: null, version: 1, body: '{}', sealed: null }
}

function differs(row: Row, change: Partial<Row>): boolean {
  return Object.entries(change).some(([column, value]) => {
    const before = row[column as keyof Row]
    const bytes = before instanceof Uint8Array && value instanceof Uint8Array
    return bytes ? !Buffer.from(before).equals(value) : before !== value
  })
}

async function refuses(hierarchy: Hierarchy, row: Row): Promise<void> {
  await assert.rejects(hierarchy.verify(row), IntegrityError)
}

async function domainSecret({ root, store }: Shared): Promise<Uint8Array> {
  const { sealed } = await domainKeyRow(store, 'global/1')
  const secret = sealed && (await root.unwrap(['domain-key', 'global', '1'], sealed))
  return secret?.reveal() ?? assert.fail('the domain key does not unwrap')
}
