/** An attacker who can write the database of a stopped server and lacks the root takes a permissions boundary away. */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { IAM } from '@aws-sdk/client-iam'
import { KMS } from '@aws-sdk/client-kms'
import { parseCredentials } from '../tools/testing/credentials.ts'
import { makeDataFolder } from '../tools/testing/data-folder.ts'
import { keyhold, type KeyholdServer, startKeyhold } from '../tools/testing/keyhold.ts'

const ACCOUNT = '210987654321'

function document(...statements: object[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: statements })
}

const ALL = { Effect: 'Allow', Action: '*', Resource: '*' }
const DENIAL = { ...ALL, Effect: 'Deny', Action: 'kms:ListKeys' }

interface Clients {
  iam: IAM
  kms: KMS
}

function clients(server: KeyholdServer, credentials: { accessKeyId: string; secretAccessKey: string }): Clients {
  const options = { endpoint: server.endpoint, region: 'eu-central-1', credentials, maxAttempts: 1 }
  return { iam: new IAM(options), kms: new KMS(options) }
}

test('a policy with the name of one whose rows were removed is not a boundary of any principal', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'keyhold-removed-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const data = join(folder, 'data')
  await makeDataFolder(data, join(folder, 'credentials'), ACCOUNT)
  const administrator = await parseCredentials(folder)
  const serve = async (): Promise<KeyholdServer> => {
    const server = await startKeyhold(['serve', '--data', data, '--port', '0'])
    t.after(() => server.process.kill())
    return server
  }

  const before = await serve()
  const { iam } = clients(before, administrator)
  const { Policy } = await iam.createPolicy({ PolicyName: 'limits', PolicyDocument: document(ALL, DENIAL) })
  const { Arn = '', PolicyId = '' } = Policy ?? {}
  await iam.createUser({ UserName: 'ann', PermissionsBoundary: Arn })
  await iam.putUserPolicy({ UserName: 'ann', PolicyName: 'all', PolicyDocument: document(ALL) })
  const { AccessKey: { AccessKeyId = '', SecretAccessKey = '' } = {} } = await iam.createAccessKey({ UserName: 'ann' })
  const ann = { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey }
  await assert.rejects(clients(before, ann).kms.listKeys({}), { name: 'AccessDeniedException' })
  assert.equal((await before.stop()).status, 0)

  const database = new DatabaseSync(join(data, 'keyhold.db'))
  const removed = database
    .prepare(
      "DELETE FROM stored_row WHERE (kind = 'managed_policy' AND id = ?) OR (kind = 'entity_name' AND target = ?)",
    )
    .run(PolicyId, PolicyId)
  assert.equal(removed.changes, 2)
  database.close()
  await assert.rejects(serve())
  // Also where the operator accepts what the ledger misses.
  assert.equal((await keyhold(['operator', 'accept-database', '--data', data, '--yes'])).status, 0)

  const after = await serve()
  const again = clients(after, administrator)
  await again.iam.createPolicy({ PolicyName: 'limits', PolicyDocument: document(ALL) })
  await assert.rejects(clients(after, ann).kms.listKeys({}), { name: 'KMSInternalException' })
  const { User } = await again.iam.getUser({ UserName: 'ann' })
  assert.equal(User?.PermissionsBoundary?.PermissionsBoundaryArn, PolicyId)
  await again.iam.putUserPermissionsBoundary({ UserName: 'ann', PermissionsBoundary: Arn })
  await clients(after, ann).kms.listKeys({})
  await after.stop()
})
