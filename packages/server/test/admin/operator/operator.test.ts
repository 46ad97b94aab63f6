import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CloudTrailEvent } from '../../../src/index.ts'
import { operator } from '../../../src/index.ts'
import type { Secret } from '@keyhold/protocol'
import { ACCOUNT, Vault } from '../../host/assembly/support/vault.ts'

const OTHER_ACCOUNT = '444455556666'

function credentials(issued: { accessKeyId: string; secretAccessKey: Secret }): {
  accessKeyId: string
  secretAccessKey: string
} {
  using secret = issued.secretAccessKey
  return { accessKeyId: issued.accessKeyId, secretAccessKey: Buffer.from(secret.reveal()).toString() }
}

/** The operator's actions in the audit log, and what they concern. */
async function deeds(vault: Vault): Promise<[unknown, unknown, unknown][]> {
  const events = (await vault.events()).filter(({ eventType }) => eventType === 'AwsServiceEvent')
  return events.map((event) => [event['eventName'], event['recipientAccountId'], event['requestParameters']])
}

function operatorsOf(events: CloudTrailEvent[]): unknown[] {
  return events.map(({ userIdentity }) => (userIdentity as { invokedBy?: string }).invokedBy)
}

test('the first record of a data folder is about the account that init created', async () => {
  await using vault = await Vault.create()
  assert.deepEqual(await deeds(vault), [['CreateAccount', ACCOUNT, { accountId: ACCOUNT, userName: 'administrator' }]])
  const [event] = await vault.events()
  assert.ok(event)
  assert.deepEqual(operatorsOf([event]), ['keyhold operator'])
  assert.equal((event['responseElements'] as { arn: string }).arn, `arn:aws:iam::${ACCOUNT}:user/administrator`)
  assert.doesNotMatch(JSON.stringify(event), new RegExp(RegExp.escape(vault.credentials.secretAccessKey.slice(0, 10))))
  assert.deepEqual((await vault.verify()).problems, [])
})

test('another account works at once on a running server, and sees nothing of the first', async () => {
  await using vault = await Vault.create()
  await using server = await vault.serve()
  using first = vault.client(server)
  const key = await first.createKey()
  const issued = await operator.createAccount(vault.folder, { accountId: OTHER_ACCOUNT })
  assert.equal(issued.arn, `arn:aws:iam::${OTHER_ACCOUNT}:user/administrator`)
  using second = vault.client(server, { credentials: credentials(issued) })
  assert.equal(await second.keyState(await second.createKey()), 'Enabled')
  const arn = `arn:aws:kms:eu-central-1:${ACCOUNT}:key/${key}`
  assert.equal(await second.fault('DescribeKey', { KeyId: arn }), 'AccessDeniedException')
  assert.deepEqual(
    (await operator.accounts(vault.folder)).map(({ accountId, isOperators }) => [accountId, isOperators]),
    [
      [ACCOUNT, true],
      [OTHER_ACCOUNT, false],
    ],
  )
})

test('an existing account is not created again, and invalid ids and names are refused', async () => {
  await using vault = await Vault.create()
  const refused = (wanted: object, message: RegExp): Promise<void> =>
    assert.rejects(operator.createAccount(vault.folder, wanted), { name: 'OperatorError', message })
  await refused({ accountId: ACCOUNT }, /already exists/)
  await refused({ accountId: '12' }, /12 digits/)
  await refused({ accountId: OTHER_ACCOUNT, userName: 'a/b' }, /not a valid user name/)
  assert.equal((await operator.accounts(vault.folder)).length, 1)
})

test('a recovered administrator has all permissions, the record names the operator, and other users are unchanged', async () => {
  await using vault = await Vault.create()
  await using server = await vault.serve()
  const before = await operator.accessKeys(vault.folder)
  const issued = await operator.recoverAdministrator(vault.folder, { accountId: ACCOUNT })
  assert.match(issued.arn, /:user\/recovered-administrator-\d{4}-\d\d-\d\d$/)
  using recovered = vault.client(server, { credentials: credentials(issued) })
  using former = vault.client(server)
  assert.equal(await recovered.keyState(await recovered.createKey()), 'Enabled')
  assert.equal(await former.keyState(await former.createKey()), 'Enabled')
  const after = await operator.accessKeys(vault.folder)
  assert.deepEqual(
    after.filter(({ accessKeyId }) => accessKeyId !== issued.accessKeyId),
    before,
  )
  const [, deed] = await deeds(vault)
  assert.equal(deed?.[0], 'RecoverAdministrator')
  await server.stop()
  assert.deepEqual((await vault.verify()).problems, [])
})

test('recovery refuses an existing name in any case, and an unknown account', async () => {
  await using vault = await Vault.create()
  const refused = (wanted: { accountId: string; userName?: string }, message: RegExp): Promise<void> =>
    assert.rejects(operator.recoverAdministrator(vault.folder, wanted), { name: 'OperatorError', message })
  await refused({ accountId: ACCOUNT, userName: 'Administrator' }, /already exists and is left unchanged/)
  await refused({ accountId: OTHER_ACCOUNT }, /no account 444455556666/)
  assert.equal((await deeds(vault)).length, 1)
})

test('a registered service calls with its own name, until it is disabled', async () => {
  await using vault = await Vault.create()
  await using server = await vault.serve()
  const name = 'backup.example.internal'
  const issued = await operator.createService(vault.folder, name)
  assert.equal(issued.accountId, ACCOUNT)
  using administrator = vault.client(server)
  using service = vault.client(server, { credentials: credentials(issued) })
  const Statement = [
    { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` }, Action: 'kms:*', Resource: '*' },
    { Effect: 'Allow', Principal: { Service: name }, Action: 'kms:DescribeKey', Resource: '*' },
  ]
  const key = await administrator.createKey({ Policy: JSON.stringify({ Version: '2012-10-17', Statement }) })
  assert.equal(await service.keyState(key), 'Enabled')
  assert.equal(await operator.setServiceEnabled(vault.folder, name, false), true)
  assert.equal(await operator.setServiceEnabled(vault.folder, name, false), false)
  assert.equal(await service.fault('DescribeKey', { KeyId: key }), 'UnrecognizedClientException')
  assert.deepEqual(
    (await operator.services(vault.folder)).map(({ principalId, disabled }) => [principalId, disabled]),
    [[name, true]],
  )
  assert.equal(await operator.setServiceEnabled(vault.folder, name, true), true)
  assert.equal(await service.keyState(key), 'Enabled')
  const done = (await deeds(vault)).map(([event]) => event)
  assert.deepEqual(done, ['CreateAccount', 'CreateService', 'DisableService', 'EnableService'])
})

test('a service is registered once, with a name that a policy can contain', async () => {
  await using vault = await Vault.create()
  const create = (name: string): Promise<unknown> => operator.createService(vault.folder, name)
  await create('backup.example.internal')
  await assert.rejects(create('backup.example.internal'), { name: 'OperatorError', message: /already registered/ })
  for (const name of ['backup', 'Backup.example.internal', 'a b.example', 'AIDAAAAAAAAAAAAAAAAA', '']) {
    await assert.rejects(create(name), { message: /not a valid service name/ })
  }
  await assert.rejects(operator.setServiceEnabled(vault.folder, 'none.example', false), { message: /no service/ })
})

test('no service receives requests that users sign for Keyhold or for another service', async () => {
  await using vault = await Vault.create()
  const create = (name: string): Promise<unknown> => operator.createService(vault.folder, name)
  for (const own of ['kms', 'iam', 'sts', 'keyhold']) {
    await assert.rejects(create(`${own}.example.internal`), { name: 'OperatorError', message: /is Keyhold itself/ })
  }
  await create('backup.example.internal')
  await assert.rejects(create('backup.amazonaws.com'), { message: /which is backup\.example\.internal/ })
  await create('archive.amazonaws.com')
})

test('a user cannot be disabled like a service', async () => {
  await using vault = await Vault.create()
  const { DatabaseSync } = await import('node:sqlite')
  const database = new DatabaseSync(`${vault.folder}/keyhold.db`)
  const row = database.prepare("SELECT id FROM stored_row WHERE kind = 'principal'").get()
  database.close()
  await assert.rejects(operator.setServiceEnabled(vault.folder, String(row?.['id']), false), { message: /no service/ })
})

test('a running server refuses a disabled access key, and nothing else', async () => {
  await using vault = await Vault.create()
  await using server = await vault.serve()
  const issued = await operator.recoverAdministrator(vault.folder, { accountId: ACCOUNT, userName: 'second' })
  using leaked = vault.client(server, { credentials: credentials(issued) })
  using other = vault.client(server)
  await leaked.createKey()
  assert.equal(await operator.disableAccessKey(vault.folder, issued.accessKeyId, { andSessions: false }), true)
  assert.equal(await leaked.fault('ListKeys', {}), 'UnrecognizedClientException')
  await other.ok('ListKeys', {})
  assert.equal(await operator.disableAccessKey(vault.folder, issued.accessKeyId, { andSessions: false }), false)
  assert.deepEqual(
    (await operator.accessKeys(vault.folder))
      .map(({ owner, active }) => `${owner.split('/').at(-1)} ${active}`)
      .toSorted(),
    ['administrator true', 'second false'],
  )
  await assert.rejects(operator.disableAccessKey(vault.folder, 'AKIANONE', { andSessions: false }), {
    message: /no access key AKIANONE/,
  })
  const done = (await deeds(vault)).map(([event]) => event)
  assert.deepEqual(done, ['CreateAccount', 'RecoverAdministrator', 'DisableAccessKey'])
})

test('a running server accepts a new access key, and one that is enabled again', async () => {
  await using vault = await Vault.create()
  await using server = await vault.serve()
  const owner = `arn:aws:iam::${ACCOUNT}:user/administrator`
  const issued = await operator.createAccessKey(vault.folder, owner)
  using client = vault.client(server, { credentials: credentials(issued) })
  await client.createKey()
  await operator.disableAccessKey(vault.folder, issued.accessKeyId, { andSessions: false })
  assert.equal(await client.fault('ListKeys', {}), 'UnrecognizedClientException')
  assert.equal(await operator.enableAccessKey(vault.folder, issued.accessKeyId), true)
  assert.equal(await operator.enableAccessKey(vault.folder, issued.accessKeyId), false)
  await client.ok('ListKeys', {})
  const [, ...done] = await deeds(vault)
  const { accessKeyId } = issued
  assert.deepEqual(
    done.map(([event, account, request]) => [event, account, Object.keys(request ?? {})]),
    [
      ['CreateAccessKey', ACCOUNT, ['owner']],
      ['DisableAccessKey', ACCOUNT, ['accessKeyId', 'principalId']],
      ['EnableAccessKey', ACCOUNT, ['accessKeyId', 'principalId']],
    ],
  )
  await assert.rejects(operator.createAccessKey(vault.folder, owner), { message: /has 2 access keys already/ })
  await operator.disableAccessKey(vault.folder, accessKeyId, { andSessions: false })
  await assert.rejects(operator.createAccessKey(vault.folder, owner), { message: /has 2 access keys already/ })
})

test('of two access keys that are made at once for an owner with one, only one is', async () => {
  await using vault = await Vault.create()
  const owner = `arn:aws:iam::${ACCOUNT}:user/administrator`
  const both = await Promise.allSettled([1, 2].map(() => operator.createAccessKey(vault.folder, owner)))
  assert.deepEqual(both.map(({ status }) => status).toSorted(), ['fulfilled', 'rejected'])
  assert.equal((await operator.accessKeys(vault.folder)).length, 2)
})

test('a service gets a second access key, and nothing else than users and services gets any', async () => {
  await using vault = await Vault.create()
  await using server = await vault.serve()
  const name = 'backup.example.internal'
  await operator.createService(vault.folder, name)
  using service = vault.client(server, { credentials: credentials(await operator.createAccessKey(vault.folder, name)) })
  assert.equal(await service.fault('ListKeys', {}), 'AccessDeniedException')
  const principalId = (await operator.accessKeys(vault.folder))[0]?.principalId ?? ''
  const others = [
    `arn:aws:iam::${ACCOUNT}:root`,
    `arn:aws:iam::${ACCOUNT}:role/administrator`,
    `arn:aws:iam::${ACCOUNT}:user/division/administrator`,
    `arn:aws:iam::${ACCOUNT}:user/none`,
    `arn:aws:iam::444455556666:user/administrator`,
    `arn:aws:iam::${ACCOUNT}:user/`,
    'arn:aws',
    'administrator',
    principalId,
    '',
  ]
  for (const owner of others) {
    await assert.rejects(operator.createAccessKey(vault.folder, owner), {
      name: 'OperatorError',
      message: /no user or service/,
    })
  }
})

test('listing accounts, services and access keys leaves nothing in the audit log', async () => {
  await using vault = await Vault.create()
  const { streams } = await vault.verify()
  await operator.accounts(vault.folder)
  await operator.services(vault.folder)
  await operator.accessKeys(vault.folder)
  assert.equal((await vault.verify()).streams.length, streams.length)
})

test('a changed request rate is shown, reset and recorded', async () => {
  await using vault = await Vault.create()
  const rate = async (): Promise<number | undefined> =>
    (await operator.requestRates(vault.folder)).find(({ group }) => group === 'CreateKey')?.changed
  await operator.setRequestRate(vault.folder, { group: 'CreateKey', perSecond: 0.5 })
  assert.equal(await rate(), 0.5)
  await operator.setRequestRate(vault.folder, { group: 'CreateKey' })
  assert.equal(await rate(), undefined)
  const refused = (group: string, perSecond: number, message: RegExp): Promise<void> =>
    assert.rejects(operator.setRequestRate(vault.folder, { group, perSecond }), { name: 'RequestRateError', message })
  await refused('MakeKey', 5, /no request rate MakeKey/)
  for (const perSecond of [0, -1, Number.NaN, 1_000_001])
    await refused('CreateKey', perSecond, /A request rate must be a number/)
  const [, ...done] = await deeds(vault)
  assert.deepEqual(done, [
    ['SetRequestRate', ACCOUNT, { group: 'CreateKey', perSecond: 0.5 }],
    ['SetRequestRate', ACCOUNT, { group: 'CreateKey' }],
  ])
})
