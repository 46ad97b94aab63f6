/** What doctor finds in a data folder that another program changed: one row of the table for each thing that can be wrong. */
import assert from 'node:assert/strict'
import { chmod, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, test } from 'node:test'
import type { Finding } from '../../../../src/admin/operator/doctor/check.ts'
import { examine } from '../../../../src/admin/operator/doctor/doctor.ts'
import { exposedFiles } from '../../../../src/admin/operator/doctor/file-modes.ts'
import { verifyOpen } from '../../../../src/host/assembly/offline.ts'
import { ACCOUNT, TestService } from '../../../support/service.ts'

/** A change of the database that another program could make, and what must be said of it. */
interface Change {
  what: string
  sql: string
  check: string
  message: RegExp
  facts?: Record<string, string>
}

const HOUR_MS = 3_600_000
const KEY_OF = "kind = 'key' AND id LIKE 'eu-central-1/%'"
const ALTERED = { rows: '1' }

const CHANGES: readonly Change[] = [
  {
    what: 'a key is edited',
    sql: `UPDATE stored_row SET body = replace(body, 'Enabled', 'Disabled') WHERE ${KEY_OF} AND body LIKE '%Enabled%'`,
    check: 'damaged-rows',
    message: /^1 row of key is not as Keyhold wrote it\. What asks for it fails/,
    facts: { table: 'key', ...ALTERED },
  },
  {
    what: 'a sealed secret is edited',
    sql: "UPDATE stored_row SET sealed = zeroblob(length(sealed)) WHERE kind = 'access_key'",
    check: 'damaged-rows',
    message: /^1 row of access_key is not as Keyhold wrote it/,
    facts: { table: 'access_key', ...ALTERED },
  },
  {
    what: 'a setting is edited',
    sql: "UPDATE stored_row SET body = 'x' WHERE kind = 'setting' AND id = 'key-uses-since'",
    check: 'damaged-rows',
    message: /^1 row of setting is not as Keyhold wrote it/,
    facts: { table: 'setting', ...ALTERED },
  },
  {
    what: 'a key policy is removed',
    sql: "DELETE FROM stored_row WHERE kind = 'policy'",
    check: 'orphans',
    message: /^2 rows of keys have no key policy/,
    facts: { table: 'key', rows: '2' },
  },
  {
    what: 'key material is removed',
    sql: "DELETE FROM stored_row WHERE kind = 'material'",
    check: 'orphans',
    message: /^2 rows of keys have no current key material/,
  },
  {
    what: 'a key is removed',
    sql: `DELETE FROM stored_row WHERE ${KEY_OF}`,
    check: 'orphans',
    message: /^1 row of aliases point to no key/,
  },
  {
    what: 'a principal is removed',
    sql: "DELETE FROM stored_row WHERE kind = 'principal'",
    check: 'orphans',
    message: /^1 row of access keys belong to no principal/,
  },
  {
    what: 'a grant is removed',
    sql: "DELETE FROM stored_row WHERE kind = 'grant'",
    check: 'orphans',
    message: /^1 row of names of grants lead to no grant/,
  },
  {
    what: 'a row is removed',
    sql: "DELETE FROM stored_row WHERE kind = 'account'",
    check: 'changed-database',
    message: /^The database is not as Keyhold left it/,
  },
  {
    what: 'a head of the audit log is removed',
    sql: "DELETE FROM stored_row WHERE kind = 'audit_head'",
    check: 'audit-log',
    message: /^The audit log is not what was signed/,
  },
]

describe('doctor', () => {
  for (const { what, sql, check, message, facts = {} } of CHANGES) {
    test(`finds that ${what}`, async () => {
      await using service = await filled()
      assert.deepEqual((await found(service)).filter(isWrong), [])
      using database = new DatabaseSync(join(service.folder, 'keyhold.db'))
      database.exec(sql)
      const findings = (await found(service)).filter((one) => one.check === check)
      const finding = findings.find((one) => message.test(one.message))
      assert.ok(finding, JSON.stringify(findings))
      assert.equal(finding.weight, 'wrong')
      assert.ok(finding.remedy.length > 0)
      assert.partialDeepStrictEqual(finding.facts, facts)
    })
  }

  test('says that the clock is behind what it was', async () => {
    await using service = await filled()
    assert.ok((await found(service)).every(({ check }) => check !== 'clock'))
    const clock = { ...service.clock, now: () => service.clock.now() - HOUR_MS }
    const [finding] = (await found(service, { ...service.engine, clock })).filter(({ check }) => check === 'clock')
    assert.match(finding?.message ?? '', /^The clock of this machine is 60 minutes behind/)
  })

  test('advises to make a backup', async () => {
    await using service = await TestService.open()
    const [finding] = (await found(service)).filter(({ check }) => check === 'backups')
    assert.deepEqual([finding?.weight, finding?.message.startsWith('No backup of this data folder')], ['advice', true])
  })
})

test(
  'doctor finds files that others can access, and what no data folder has',
  { skip: process.platform === 'win32' },
  async () => {
    await using service = await TestService.open()
    const { folder } = service
    assert.deepEqual(await Array.fromAsync(exposedFiles(folder)), [])
    await writeFile(join(folder, 'note'), 'x', { mode: 0o600 })
    await chmod(join(folder, 'note'), 0o640)
    await symlink('/etc/passwd', join(folder, 'audit', 'link'))
    const [open, odd] = await Array.fromAsync(exposedFiles(folder))
    assert.deepEqual(
      [open?.message, open?.facts],
      ['Other users can access 1 file of the data folder.', { files: '1', examples: join(folder, 'note') }],
    )
    assert.match(odd?.message ?? '', /^1 file of the data folder are links or devices/)
  },
)

/** A service with a row of each table that the changes need, and a key that waits for its deletion: that begins the clock. */
async function filled(): Promise<TestService> {
  const service = await TestService.open()
  const [KeyId, doomed] = [await makeKey(service), await makeKey(service)]
  await service.call('ScheduleKeyDeletion', { KeyId: doomed })
  await service.call('CreateAlias', { AliasName: 'alias/a', TargetKeyId: KeyId })
  await service.iam('CreateUser', { UserName: 'a' })
  await service.iam('CreateAccessKey', { UserName: 'a' })
  const GranteePrincipal = `arn:aws:iam::${ACCOUNT}:user/a`
  const { status } = await service.call('CreateGrant', { KeyId, Name: 'g', GranteePrincipal, Operations: ['Decrypt'] })
  assert.equal(status, 200)
  return service
}

async function makeKey(service: TestService): Promise<string> {
  const { body } = await service.call('CreateKey', {})
  return (body['KeyMetadata'] as { KeyId: string }).KeyId
}

function isWrong({ weight }: Finding): boolean {
  return weight === 'wrong'
}

function found({ engine, folder }: TestService, examined = engine): Promise<Finding[]> {
  const auditFolder = join(folder, 'audit')
  return Array.fromAsync(examine({ ...examined, auditFolder, verifyAudit: async () => verifyOpen(engine) }))
}
