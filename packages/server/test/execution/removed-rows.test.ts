import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { after, before, test } from 'node:test'
import type { OperationName } from '@keyhold/protocol'
import { Directory } from '../../src/identity/directory/directory.ts'
import type { Caller } from '../../src/identity/accounts/caller.ts'
import { servicesOf } from '../../src/host/assembly/services.ts'
import { dataPaths } from '../../src/vault/storage/data-folder.ts'
import type { Row } from '../../src/vault/storage/store.ts'
import { TABLES } from '../../src/vault/storage/table-name.ts'
import { policyOf } from '../support/identities.ts'
import { allow, type Scene, scene } from '../support/scene.ts'
import { base64 } from '../support/service.ts'

/**
 * A person who can write the database but has no root of trust removes rows. Each probe below is refused, for a reason that
 * some row holds. Whatever single row is removed, and if all rows of a table are, it must stay refused.
 */
interface Probe {
  why: string
  caller: Caller
  operation: OperationName
  input: object
}

let at: Scene
let probes: Probe[]

before(async () => {
  at = await scene()
  probes = [
    await deniedByAliases(),
    await deniedByTags(),
    await deniedByBoundary(),
    await deniedByAttachedPolicy(),
    await deniedByGroup(),
    await deniedByKeyPolicy(),
    await disabledKey(),
    await keyPendingDeletion(),
    await revokedGrant(),
  ]
})
after(() => at[Symbol.asyncDispose]())

test('each probe is refused while all rows are there', async () => {
  assert.deepEqual(await succeeding(), [])
})

test('no single row is one whose removal lets a caller in', async () => {
  const database = open()
  const rows = database.prepare('SELECT kind AS "table", id FROM stored_row').all() as unknown as Row[]
  assert.ok(rows.length > 40, `only ${rows.length} rows`)
  for (const { table, id } of rows) {
    const succeeded = await without(database, 'kind = ? AND id = ?', [table, id], succeeding)
    assert.deepEqual(succeeded, [], `without ${table} ${id}`)
  }
  database.close()
})

test('no table is one whose removal lets a caller in, or that the ledger does not miss', async () => {
  const database = open()
  const counted = database.prepare('SELECT count(*) AS rows FROM stored_row WHERE kind = ?')
  for (const table of TABLES) {
    const hasRows = Number(counted.get(table)?.['rows']) > 0
    const probe = async (): Promise<string[]> => {
      const { problems } = await at.service.engine.store.inspectLedger()
      assert.equal(problems.length > 0, hasRows, `the ledger without ${table}`)
      return await succeeding()
    }
    assert.deepEqual(await without(database, 'kind = ?', [table], probe), [], `without ${table}`)
  }
  database.close()
})

test('SECURITY says of each table what happens when its rows are removed', () => {
  const text = readFileSync(new URL('../../../../SECURITY.md', import.meta.url), 'utf8')
  const rows = text.slice(text.indexOf('| rows of the table |'), text.indexOf('What the ledger does not show'))
  const named = rows.split('\n').flatMap((row) => [...(row.split('|')[1] ?? '').matchAll(/`(\w+)`/g)])
  assert.deepEqual(new Set(named.map(([, table]) => table)), new Set(TABLES))
})

test('an alias that was deleted and is put back names no key', async () => {
  const { service, admin, keyId } = at
  const database = open()
  const alias = { AliasName: 'alias/gone', TargetKeyId: keyId }
  await service.ok('CreateAlias', alias, admin)
  database.exec("CREATE TEMP TABLE kept AS SELECT * FROM stored_row WHERE kind = 'alias' AND id LIKE '%alias/gone'")
  await service.ok('DeleteAlias', { AliasName: alias.AliasName }, admin)
  database.exec('INSERT INTO stored_row SELECT * FROM kept')
  const probe = { why: '', caller: admin, operation: 'Encrypt' as const, input: encrypt(alias.AliasName) }
  assert.equal(await answerTo(probe), 'KMSInternalException')
  database.close()
})

function encrypt(KeyId: string): object {
  return { KeyId, Plaintext: base64('x') }
}

function open(): DatabaseSync {
  return new DatabaseSync(dataPaths(at.service.folder).database, { timeout: 5000 })
}

/** What `look` finds while these rows are gone. They come back afterwards. */
async function without<T>(database: DatabaseSync, where: string, values: string[], look: () => Promise<T>): Promise<T> {
  database.exec('DROP TABLE IF EXISTS kept')
  database.prepare(`CREATE TEMP TABLE kept AS SELECT * FROM stored_row WHERE ${where}`).run(...values)
  database.prepare(`DELETE FROM stored_row WHERE ${where}`).run(...values)
  try {
    return await look()
  } finally {
    database.exec('INSERT INTO stored_row SELECT * FROM kept')
  }
}

async function succeeding(): Promise<string[]> {
  const found: string[] = []
  for (const probe of probes) if ((await answerTo(probe)) === undefined) found.push(probe.why)
  return found
}

/** The error code of the answer, from a service that remembers nothing; `undefined` where it succeeds. */
async function answerTo({ caller, operation, input }: Probe): Promise<string | undefined> {
  const { engine } = at.service
  engine.hierarchy.forgetAll()
  const fresh = { ...engine, directory: new Directory(engine) }
  const { status, body } = await at.service.callOn(servicesOf(fresh, { enforcement: 'on' }), operation, input, caller)
  return status === 200 ? undefined : String(body['__type'])
}

async function user(name: string, ...statements: object[]): Promise<Caller> {
  const caller = await at.service.user(name)
  await at.service.iam('PutUserPolicy', { UserName: name, PolicyName: 'own', PolicyDocument: policyOf(...statements) })
  return caller
}

const ALL = allow('kms:*')
const NOT_ENCRYPT = { Effect: 'Deny', Action: 'kms:Encrypt', Resource: '*' }

async function deniedByAliases(): Promise<Probe> {
  const { keyId } = await at.service.createKey({}, at.admin)
  await at.service.ok('CreateAlias', { AliasName: 'alias/locked', TargetKeyId: keyId }, at.admin)
  const Condition = { 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': 'alias/locked' } }
  const caller = await user('by-aliases', ALL, { ...NOT_ENCRYPT, Condition })
  return { why: 'an alias of the key', caller, operation: 'Encrypt', input: encrypt(keyId) }
}

async function deniedByTags(): Promise<Probe> {
  const { keyId } = await at.service.createKey({ Tags: [{ TagKey: 'secret', TagValue: 'yes' }] }, at.admin)
  const Condition = { StringEquals: { 'aws:ResourceTag/secret': 'yes' } }
  const caller = await user('by-tags', ALL, { ...NOT_ENCRYPT, Condition })
  return { why: 'a tag of the key', caller, operation: 'Encrypt', input: encrypt(keyId) }
}

async function managedPolicy(PolicyName: string, ...statements: object[]): Promise<string> {
  const wanted = { PolicyName, PolicyDocument: policyOf(...statements) }
  return (await at.service.iam<{ Policy: { Arn: string } }>('CreatePolicy', wanted)).Policy.Arn
}

async function deniedByBoundary(): Promise<Probe> {
  const caller = await user('by-boundary', ALL)
  const PermissionsBoundary = await managedPolicy('bound', allow('kms:DescribeKey'))
  await at.service.iam('PutUserPermissionsBoundary', { UserName: 'by-boundary', PermissionsBoundary })
  return { why: 'a permissions boundary', caller, operation: 'Encrypt', input: encrypt(at.keyId) }
}

async function deniedByAttachedPolicy(): Promise<Probe> {
  const caller = await user('by-attached', ALL)
  const PolicyArn = await managedPolicy('not-encrypt', NOT_ENCRYPT)
  await at.service.iam('AttachUserPolicy', { UserName: 'by-attached', PolicyArn })
  return { why: 'an attached policy', caller, operation: 'Encrypt', input: encrypt(at.keyId) }
}

async function deniedByGroup(): Promise<Probe> {
  const caller = await user('by-group', ALL)
  await at.service.iam('CreateGroup', { GroupName: 'locked' })
  const document = { PolicyName: 'no', PolicyDocument: policyOf(NOT_ENCRYPT) }
  await at.service.iam('PutGroupPolicy', { GroupName: 'locked', ...document })
  await at.service.iam('AddUserToGroup', { GroupName: 'locked', UserName: 'by-group' })
  return { why: "a group's policy", caller, operation: 'Encrypt', input: encrypt(at.keyId) }
}

async function deniedByKeyPolicy(): Promise<Probe> {
  const caller = await user('by-key-policy', ALL)
  const everybody = { Effect: 'Allow', Principal: { AWS: '*' }, Action: 'kms:*', Resource: '*' }
  const not = { ...NOT_ENCRYPT, Principal: { AWS: caller.principal.arn } }
  const { keyId } = await at.service.createKey({ Policy: policyOf(everybody, not) }, at.admin)
  return { why: 'the key policy', caller, operation: 'Encrypt', input: encrypt(keyId) }
}

async function disabledKey(): Promise<Probe> {
  const { keyId } = await at.service.createKey({}, at.admin)
  await at.service.ok('DisableKey', { KeyId: keyId }, at.admin)
  return { why: "the key's state", caller: at.admin, operation: 'Encrypt', input: encrypt(keyId) }
}

async function keyPendingDeletion(): Promise<Probe> {
  const { keyId } = await at.service.createKey({}, at.admin)
  await at.service.ok('ScheduleKeyDeletion', { KeyId: keyId, PendingWindowInDays: 7 }, at.admin)
  return { why: 'its deletion', caller: at.admin, operation: 'Encrypt', input: encrypt(keyId) }
}

async function revokedGrant(): Promise<Probe> {
  const caller = await user('by-grant', allow('iam:GetUser'))
  const wanted = { KeyId: at.keyId, GranteePrincipal: caller.principal.arn, Operations: ['Encrypt'], Name: 'once' }
  const { GrantId } = await at.service.ok('CreateGrant', wanted, at.admin)
  await at.service.ok('RevokeGrant', { KeyId: at.keyId, GrantId }, at.admin)
  return { why: 'a grant that is revoked', caller, operation: 'Encrypt', input: encrypt(at.keyId) }
}
