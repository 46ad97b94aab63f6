import assert from 'node:assert/strict'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { makePrivate } from '../../../../../tools/testing/left-folder.ts'
import { access, operator, queryFolder } from '../../../src/index.ts'

const LEFT = join(import.meta.dirname, '../../../../../vectors/data/0.1.0-first-slice')
const ACCOUNT = '111122223333'
const OTHER_ACCOUNT = '444455556666'
const ADMINISTRATOR = `arn:aws:iam::${ACCOUNT}:user/administrator`

/** Copies a folder of version 0.1 that can be opened; removed after the test. */
async function earlierFolder(t: { after(done: () => Promise<void>): void }): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'keyhold-earlier-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  await cp(LEFT, folder, { recursive: true })
  await makePrivate(folder)
  const manifest = join(folder, 'data/keyhold.json')
  const made = JSON.parse(await readFile(manifest, 'utf8')) as { root: object }
  await writeFile(manifest, JSON.stringify({ ...made, root: { ...made.root, file: join(folder, 'data.root') } }))
  await operator.upgrade(join(folder, 'data'))
  return join(folder, 'data')
}

test("the only account of a folder of version 0.1 is the operator's account", async (t) => {
  const data = await earlierFolder(t)
  assert.equal((await operator.createService(data, 'backup.example.internal')).accountId, ACCOUNT)
  assert.deepEqual(
    (await operator.accounts(data)).map(({ accountId, isOperators }) => [accountId, isOperators]),
    [[ACCOUNT, true]],
  )
})

test("it stays the operator's account when another account is created", async (t) => {
  const data = await earlierFolder(t)
  await operator.createAccount(data, { accountId: OTHER_ACCOUNT })
  assert.equal((await operator.createService(data, 'backup.example.internal')).accountId, ACCOUNT)
})

test('records of version 0.1, which contain less about decisions, are explained and replayed', async (t) => {
  const data = await earlierFolder(t)
  const [event] = await Array.fromAsync(queryFolder(data, { event: 'Encrypt' }))
  assert.ok(event)
  const [resource] = event['resources'] as [{ ARN: string }]
  const { now, decided, principal } = await access.explain(data, String(event['requestID']))
  assert.equal(principal, ADMINISTRATOR)
  assert.deepEqual([decided?.allowed, decided?.reason], [true, 'account-administrator'])
  assert.equal(now?.decision.reason, 'delegated-by-resource-policy')
  assert.equal(now?.resource, resource.ARN)
  const Statement = [{ Effect: 'Allow', Principal: '*', Action: 'kms:PutKeyPolicy', Resource: '*' }]
  const policy = JSON.stringify({ Version: '2012-10-17', Statement })
  const report = await access.replay(data, { key: resource.ARN, policy, sinceMs: 0, untilMs: Date.UTC(2100) })
  assert.ok(report.breaks.length > 0)
  assert.ok(report.breaks.every(({ caller }) => caller === ADMINISTRATOR))
})
