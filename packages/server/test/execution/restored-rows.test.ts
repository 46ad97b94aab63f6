import { settingTable } from '../../src/vault/records/setting.ts'
import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import type { Engine } from '../../src/host/assembly/open.ts'
import { Directory } from '../../src/identity/directory/directory.ts'
import { acceptDatabase } from '../../src/admin/operator/accept-database.ts'
import { operatorAccountSetting, operatorOfProcess } from '../../src/admin/operator/operator-account.ts'
import { Changeset } from '../../src/vault/records/changeset.ts'
import { dataPaths } from '../../src/vault/storage/data-folder.ts'
import { policyOf } from '../support/identities.ts'
import { rootOf, ACCOUNT, TestService } from '../support/service.ts'
import { trust } from '../support/sessions.ts'

/** Tables whose rows only lead to others. */
const LEADING = ['alias', 'entity_name', 'membership', 'attachment', 'grant_name', 'retirable']

async function accept({ engine }: TestService): Promise<Readonly<Record<string, number>>> {
  await nameOperator(engine)
  return (await acceptDatabase({ ...engine, operator: operatorOfProcess() })).restored
}

async function nameOperator(engine: Engine): Promise<void> {
  const changes = new Changeset()
  changes.insert(settingTable, operatorAccountSetting(ACCOUNT))
  await engine.records.commit(changes)
}

/** Edits rows as another program does; nothing remembers them as they were. */
function edit(service: TestService, sql: string): void {
  const database = new DatabaseSync(dataPaths(service.folder).database, { timeout: 5000 })
  database.exec(sql)
  database.close()
  Object.assign(service.services, { directory: new Directory(service.engine) })
}

test('rows that only lead to others are made again when a changed database is accepted, and all can be deleted', async () => {
  await using service = await TestService.open()
  const { keyId } = await service.createKey()
  await service.ok('CreateAlias', { AliasName: 'alias/a', TargetKeyId: keyId })
  const parties = { GranteePrincipal: rootOf(ACCOUNT).principal.arn, RetiringPrincipal: rootOf(ACCOUNT).principal.arn }
  const grant = { KeyId: keyId, Operations: ['Decrypt'], Name: 'once', ...parties }
  const { GrantId } = await service.ok('CreateGrant', grant)
  const PolicyDocument = policyOf({ Effect: 'Allow', Action: 'kms:*', Resource: '*' })
  await service.iam('CreatePolicy', { PolicyName: 'p', PolicyDocument })
  const PolicyArn = `arn:aws:iam::${ACCOUNT}:policy/p`
  await service.iam('CreateUser', { UserName: 'Ann', PermissionsBoundary: PolicyArn })
  await service.iam('CreateGroup', { GroupName: 'devs' })
  await service.iam('CreateRole', { RoleName: 'app', AssumeRolePolicyDocument: trust({ AWS: '*' }) })
  await service.iam('CreateInstanceProfile', { InstanceProfileName: 'App' })
  await service.iam('AttachUserPolicy', { UserName: 'Ann', PolicyArn })
  await service.iam('AttachUserPolicy', { UserName: 'Ann', PolicyArn: 'arn:aws:iam::aws:policy/AdministratorAccess' })
  await service.iam('AttachGroupPolicy', { GroupName: 'devs', PolicyArn })
  await service.iam('AttachRolePolicy', { RoleName: 'app', PolicyArn })
  await service.iam('AddUserToGroup', { GroupName: 'devs', UserName: 'Ann' })

  const database = new DatabaseSync(dataPaths(service.folder).database, { timeout: 5000 })
  const rows = (): unknown[] =>
    database
      .prepare(
        `SELECT kind, id, owner, target FROM stored_row WHERE kind IN ('${LEADING.join("','")}') ORDER BY kind, id`,
      )
      .all()
  const before = rows()
  assert.deepEqual(new Set(before.map((row) => (row as { kind: string }).kind)), new Set(LEADING))
  database.exec(`DELETE FROM stored_row WHERE kind IN ('${LEADING.join("','")}')`)
  const restored = await accept(service)
  assert.deepEqual(rows(), before)
  assert.equal(
    Object.values(restored).reduce((sum, count) => sum + count, 0),
    before.length,
  )
  assert.deepEqual((await service.engine.store.inspectLedger()).problems, [])

  await service.engine.directory.catchUp()
  assert.equal((await service.ok('CreateGrant', grant)).GrantId, GrantId)
  await service.ok('DeleteAlias', { AliasName: 'alias/a' })
  await service.iam('RemoveUserFromGroup', { GroupName: 'devs', UserName: 'Ann' })
  await service.iam('DetachUserPolicy', { UserName: 'Ann', PolicyArn })
  await service.iam('DetachUserPolicy', { UserName: 'Ann', PolicyArn: 'arn:aws:iam::aws:policy/AdministratorAccess' })
  await service.iam('DetachGroupPolicy', { GroupName: 'devs', PolicyArn })
  await service.iam('DetachRolePolicy', { RoleName: 'app', PolicyArn })
  await service.iam('DeleteUser', { UserName: 'ann' })
  await service.iam('DeleteGroup', { GroupName: 'devs' })
  await service.iam('DeleteRole', { RoleName: 'app' })
  await service.iam('DeleteInstanceProfile', { InstanceProfileName: 'app' })
  await service.iam('DeletePolicy', { PolicyArn })
  await service.ok('RetireGrant', { KeyId: `arn:aws:kms:eu-central-1:${ACCOUNT}:key/${keyId}`, GrantId })
  assert.deepEqual(rows(), [])
  database.close()
})

test('a name that another entity has taken since stays that one’s', async () => {
  await using service = await TestService.open()
  await service.iam('CreateUser', { UserName: 'ann' })
  const database = new DatabaseSync(dataPaths(service.folder).database, { timeout: 5000 })
  database.exec("DELETE FROM stored_row WHERE kind = 'entity_name'")
  database.close()
  // One that remembers nothing.
  Object.assign(service.services, { directory: new Directory(service.engine) })
  const { User } = await service.iam<{ User: { UserId: string } }>('CreateUser', { UserName: 'ann' })
  const restored = await accept(service)
  assert.deepEqual(restored, {})
  assert.equal(
    (await service.iam<{ User: { UserId: string } }>('GetUser', { UserName: 'ann' })).User.UserId,
    User.UserId,
  )
})

test('two entities that claim one name keep no other row from being made again', async () => {
  await using service = await TestService.open()
  const { keyId } = await service.createKey()
  await service.ok('CreateAlias', { AliasName: 'alias/a', TargetKeyId: keyId })
  await service.iam('CreateUser', { UserName: 'ann' })
  edit(service, "DELETE FROM stored_row WHERE kind = 'entity_name'")
  await service.iam('CreateUser', { UserName: 'ann' })
  edit(service, "DELETE FROM stored_row WHERE kind IN ('entity_name', 'alias')")
  assert.deepEqual(await accept(service), { entity_name: 1, alias: 1 })
  await service.engine.directory.catchUp()
  await service.ok('DeleteAlias', { AliasName: 'alias/a' })
  await service.iam('DeleteUser', { UserName: 'ann' })
})

test('rows are made again by the next call where one ended after it had accepted the database', async () => {
  await using service = await TestService.open()
  const { keyId } = await service.createKey()
  await service.ok('CreateAlias', { AliasName: 'alias/a', TargetKeyId: keyId })
  edit(service, "DELETE FROM stored_row WHERE kind = 'alias'")
  await service.engine.records.acceptRows(new Changeset(), [])
  assert.deepEqual((await service.engine.store.inspectLedger()).problems, [])
  assert.deepEqual(await accept(service), { alias: 1 })
  await service.engine.directory.catchUp()
  await service.ok('DeleteAlias', { AliasName: 'alias/a' })
})

test('rows that only lead to others are made again where another program edited them', async () => {
  await using service = await TestService.open()
  const { keyId } = await service.createKey()
  await service.ok('CreateAlias', { AliasName: 'alias/a', TargetKeyId: keyId })
  const grant = { KeyId: keyId, Operations: ['Decrypt'], Name: 'once', GranteePrincipal: rootOf(ACCOUNT).principal.arn }
  const { GrantId } = await service.ok('CreateGrant', grant)
  await service.iam('CreateUser', { UserName: 'ann' })
  const leading = "kind IN ('alias', 'grant_name', 'entity_name')"
  edit(service, `UPDATE stored_row SET mac = zeroblob(32) WHERE ${leading}`)
  assert.equal((await service.call('DescribeKey', { KeyId: 'alias/a' })).status, 500)
  assert.deepEqual(await accept(service), { alias: 1, grant_name: 1, entity_name: 1 })
  assert.deepEqual((await service.engine.store.inspectLedger()).problems, [])
  await service.engine.directory.catchUp()
  await service.ok('DescribeKey', { KeyId: 'alias/a' })
  assert.equal((await service.ok('CreateGrant', grant)).GrantId, GrantId)
  await service.iam('DeleteUser', { UserName: 'ann' })
})

test('what a Region has is left as it is where the key of the Region cannot be read', async () => {
  await using service = await TestService.open()
  const { keyId } = await service.createKey()
  await service.ok('CreateAlias', { AliasName: 'alias/a', TargetKeyId: keyId })
  edit(service, "UPDATE stored_row SET mac = zeroblob(32) WHERE kind = 'domain_key' AND id LIKE 'eu-central-1/%'")
  service.engine.hierarchy.forgetAll()
  await nameOperator(service.engine)
  const { removed } = await acceptDatabase({ ...service.engine, operator: operatorOfProcess() })
  assert.deepEqual(removed, {})
})
