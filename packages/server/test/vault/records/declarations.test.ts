import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { KeyRecord } from '../../../src/domain/keys/record.ts'
import type { GrantRecord } from '../../../src/domain/policy/grant-record.ts'
import { Changeset } from '../../../src/vault/records/changeset.ts'
import { substanceOf } from '../../../src/vault/records/grant-name.ts'
import { addGrant, grantPresent, waysTo } from '../../../src/vault/records/grant-rows.ts'
import { grantTable } from '../../../src/vault/records/grant.ts'
import { keyTable } from '../../../src/vault/records/key.ts'
import { materialTable, type StoredMaterial } from '../../../src/vault/records/material.ts'
import { policyTable } from '../../../src/vault/records/policy.ts'

const PLACE = { region: 'eu-central-1', keyId: 'a-key', accountId: '111122223333' }
const ANN = { arn: 'arn:aws:iam::111122223333:user/ann', principalId: 'AIDAANN' }
const BEN = { arn: 'arn:aws:iam::111122223333:user/ben', principalId: 'AIDABEN' }
const ROTATION = { rotation: { periodDays: 365, nextMs: 9 } }

const DUE: readonly (readonly [what: string, key: object, dueMs: number | null])[] = [
  ['is being made', { state: 'Creating', ...ROTATION }, 0],
  ['is being updated', { state: 'Updating', deletionMs: 7 }, 0],
  ['waits for its deletion', { state: 'PendingDeletion', deletionMs: 7, ...ROTATION }, 7],
  ['waits for its replicas to go', { state: 'PendingReplicaDeletion' }, null],
  ['rotates', { state: 'Enabled', ...ROTATION }, 9],
  ['rotates for its replicas', { state: 'Enabled', multiRegion: { type: 'PRIMARY' }, ...ROTATION }, 9],
  ['gets its material from its primary', { state: 'Enabled', multiRegion: { type: 'REPLICA' }, ...ROTATION }, null],
  ['is disabled', { state: 'Disabled', ...ROTATION }, null],
  ['does not rotate', { state: 'Enabled' }, null],
]

for (const [what, key, dueMs] of DUE) {
  test(`a key that ${what} is due ${dueMs === null ? 'never' : `at ${dueMs}`}`, () => {
    assert.equal(keyTable.dueMs({ ...PLACE, ...key } as KeyRecord), dueMs)
  })
}

test('material is due when it expires', () => {
  const dueOf = (imported: object | undefined) =>
    materialTable.dueMs({ ...PLACE, imported } as unknown as StoredMaterial)
  assert.deepEqual(
    [dueOf(undefined), dueOf({ present: true }), dueOf({ present: true, validToMs: 5 })],
    [null, null, 5],
  )
})

test('the bindings of a policy stay with it, and a body of the first form is the text itself', () => {
  const policy = { ...PLACE, text: '{"form":2}', bindings: { [ANN.arn]: ANN.principalId } }
  const row = { id: policyTable.id(PLACE), owner: policyTable.owner(PLACE), target: '' }
  assert.deepEqual(policyTable.read({ ...row, body: policyTable.body(policy) }), policy)
  assert.deepEqual(policyTable.read({ ...row, body: '{"Version":"x"}' }), { ...PLACE, text: '{"Version":"x"}' })
})

const GRANT: GrantRecord = {
  ...PLACE,
  grantId: 'g',
  name: 'n',
  operations: ['Decrypt', 'Encrypt'],
  grantee: ANN,
  retiring: BEN,
  byIds: true,
  constraints: { encryptionContextEquals: { a: '1', b: '2' } },
} as unknown as GrantRecord

const OTHERS: readonly Partial<GrantRecord>[] = [
  { name: 'm' },
  { operations: ['Decrypt'] },
  { grantee: BEN },
  { grantee: { ...ANN, principalId: 'AIDAFORMER' } },
  { retiring: ANN },
  { retiring: { ...BEN, principalId: 'AIDAFORMER' } },
  { constraints: {} },
  { constraints: { encryptionContextSubset: { a: '1', b: '2' } } },
  { constraints: { encryptionContextEquals: { a: '1', b: '3' } } },
  { constraints: { ...GRANT.constraints, sourceArn: 'arn:aws:s3:::one' } },
]

test('a named grant is the same only as one that says the same, in any order', () => {
  const same = substanceOf({
    ...GRANT,
    grantId: 'another',
    operations: GRANT.operations.toReversed(),
    constraints: { encryptionContextEquals: { b: '2', a: '1' } },
  })
  assert.deepEqual(same, substanceOf(GRANT))
  const digests = [{}, ...OTHERS].map((change) => substanceOf({ ...GRANT, ...change }).digest)
  assert.equal(new Set(digests).size, digests.length)
})

test('a grant is listed for its grantee and who may retire it by their ids, one of an earlier build by their ARNs', () => {
  const { byIds: _, ...former } = GRANT
  assert.equal(grantTable.target(GRANT), 'eu-central-1/a-key/AIDAANN')
  assert.equal(grantTable.target(former), `eu-central-1/a-key/${ANN.arn}`)
  assert.equal(waysTo(GRANT).retirable?.retiring, BEN.principalId)
  assert.equal(waysTo(former).retirable?.retiring, BEN.arn)
})

test('a grant is added with the rows that lead to it, which it has only with a name and a retiring principal', () => {
  const tablesOf = (grant: GrantRecord): string[] => {
    const changes = new Changeset()
    addGrant(grant, changes)
    assert.ok(changes.expected.every(({ version }) => version === 0))
    return changes.expected.map(({ table }) => table)
  }
  const { retiring: _, ...alone } = GRANT
  assert.deepEqual(tablesOf(GRANT), ['grant', 'grant_name', 'retirable'])
  assert.deepEqual(tablesOf({ ...alone, name: '' }), ['grant'])
  const id = 'eu-central-1/a-key/g'
  assert.deepEqual(grantPresent(GRANT), { table: 'grant', id, version: 1 })
  assert.deepEqual(grantPresent({ ...GRANT, relisted: true }), { table: 'grant', id, version: 2 })
})
