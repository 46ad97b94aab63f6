/** Grants of earlier builds, which were listed under ARNs: once they are listed under ids, they follow who is renamed. */
import { writeRows } from '../../../support/raw-rows.ts'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { GrantRecord } from '../../../../src/domain/policy/grant-record.ts'
import type { Caller } from '../../../../src/identity/accounts/caller.ts'
import { addGrant } from '../../../../src/vault/records/grant-rows.ts'
import { relistGrants } from '../../../../src/host/assembly/earlier-builds/relist-grants.ts'
import { Changeset } from '../../../../src/vault/records/changeset.ts'
import { ACCOUNT, REGION, rootOf, TestService } from '../../../support/service.ts'

interface Old {
  service: TestService
  ann: Caller
  KeyId: string
  keyId: string
}

const OLD = 'a'.repeat(64)

/** A key with a grant that an earlier build made to `ann`, who may retire it. */
async function openOld(change: Partial<GrantRecord> = {}): Promise<Old> {
  const service = await TestService.open('on')
  const ann = await service.user('ann')
  const { arn: KeyId, keyId } = await service.createKey({}, rootOf(ACCOUNT))
  const party = { arn: ann.principal.arn, principalId: ann.principal.principalId }
  const nowMs = service.clock.now()
  const grant: GrantRecord = {
    grantId: OLD,
    keyId,
    region: REGION,
    accountId: ACCOUNT,
    name: 'old',
    operations: ['Encrypt', 'CreateGrant'],
    grantee: party,
    retiring: party,
    issuingAccount: ACCOUNT,
    createdMs: nowMs,
    visibleMs: nowMs,
    ...change,
  }
  const { records, directory } = service.services
  const changes = new Changeset()
  addGrant(grant, changes)
  await records.commit(changes)
  await directory.catchUp()
  return { service, ann, KeyId, keyId }
}

async function renamed({ service, ann }: Old): Promise<Caller> {
  await service.iam('UpdateUser', { UserName: 'ann', NewUserName: 'anna', NewPath: '/team/' })
  const arn = `arn:aws:iam::${ACCOUNT}:user/team/anna`
  return { ...ann, principal: { ...ann.principal, arn, userName: 'anna' } }
}

for (const when of ['before', 'after'] as const) {
  test(`a grantee who is renamed ${when} it keeps the grant, and hands on and retires it`, async () => {
    const old = await openOld()
    await using service = old.service
    const { KeyId, keyId } = old
    const first = when === 'before' ? await renamed(old) : undefined
    await relistGrants(service.engine)
    const anna = first ?? (await renamed(old))
    const successor = await service.user('ann')
    await service.ok('Encrypt', { KeyId, Plaintext: 'eA==' }, anna)
    assert.match(await service.fault('Encrypt', { KeyId, Plaintext: 'eA==' }, successor), /^AccessDenied/)
    const child = { KeyId, GranteePrincipal: successor.principal.arn, Operations: ['Encrypt'] }
    await service.ok('CreateGrant', child, anna)
    const filter = { KeyId, GranteePrincipal: anna.principal.arn }
    const listed = await service.ok<{ Grants: object[] }>('ListGrants', filter, rootOf(ACCOUNT))
    assert.equal(listed.Grants.length, 1)
    const retirable = { RetiringPrincipal: anna.principal.arn }
    const lists = await service.ok<{ Grants: object[] }>('ListRetirableGrants', retirable, rootOf(ACCOUNT))
    assert.equal(lists.Grants.length, 1)
    const { Grants } = await service.ok<{ Grants: object[] }>('ListGrants', { KeyId }, rootOf(ACCOUNT))
    assert.equal(Grants.length, 2)
    await service.ok('RetireGrant', { KeyId, GrantId: OLD }, anna)
    const { store } = service.services
    const left = await store.listByOwner('grant', `${REGION}/${keyId}`, { limit: 9 })
    assert.equal(left.length, 1)
    for (const id of [old.ann.principal.arn, old.ann.principal.principalId]) {
      assert.deepEqual(await store.listByOwner('retirable', `${REGION}/${id}`, { limit: 1 }), [], id)
    }
  })
}

test('a grant to an account, one that is listed by ids and one that is revoked meanwhile are left alone', async () => {
  const root = { arn: `arn:aws:iam::${ACCOUNT}:root` }
  const { service: opened, ann, KeyId } = await openOld({ grantee: root, retiring: root })
  await using service = opened
  const parties = { GranteePrincipal: ann.principal.arn, Operations: ['Encrypt'] }
  await service.ok('CreateGrant', { KeyId, ...parties }, rootOf(ACCOUNT))
  const { store } = service.services
  const rows = await store.list('grant', { limit: 9 })
  const read = store.get.bind(store)
  await relistGrants(service.engine)
  assert.deepEqual(await store.list('grant', { limit: 9 }), rows)
  assert.ok(await read('setting', 'grants-listed-by-ids'))
  await service.ok('RevokeGrant', { KeyId, GrantId: OLD }, rootOf(ACCOUNT))
})

test('a grant that is not what was written keeps no server from starting', async () => {
  const { service: opened, ann, KeyId } = await openOld()
  await using service = opened
  const { store, directory } = service.services
  const [row] = await store.list('grant', { limit: 1 })
  assert.ok(row)
  const altered = { ...row, version: 2, body: row.body.replace('"Encrypt"', '"Decrypt"') }
  await writeRows(service.services, altered)
  await directory.catchUp()
  await relistGrants(service.engine)
  const [after] = await store.list('grant', { limit: 1 })
  assert.deepEqual(after, altered)
  assert.match(await service.fault('Encrypt', { KeyId, Plaintext: 'eA==' }, ann), /^KMSInternalException/)
})
