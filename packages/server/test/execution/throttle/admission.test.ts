import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { OperationName } from '@keyhold/protocol'
import type { Caller } from '../../../src/identity/accounts/caller.ts'
import { changeRate } from '../../../src/execution/throttle/changed-rates.ts'
import { Changeset } from '../../../src/vault/records/changeset.ts'
import { addService, addUser, ALLOW_KMS, policyOf } from '../../support/identities.ts'
import { ACCOUNT, base64, callerOf, OTHER_ACCOUNT, TestService } from '../../support/service.ts'

const THROTTLED =
  'ThrottlingException: You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls.'

async function setRate(service: TestService, group: string, perSecond: number): Promise<void> {
  const { records } = service.services
  const changes = new Changeset()
  await changeRate({ group, perSecond }, records, changes)
  await records.commit(changes)
}

/** How many of `most` calls are answered with anything but ThrottlingException. */
async function admitted(
  service: TestService,
  most: number,
  name: OperationName,
  input: object,
  caller?: Caller,
): Promise<number> {
  let count = 0
  for (let call = 0; call < most; call++) {
    const { body } = await service.call(name, input, caller)
    if (body.__type !== 'ThrottlingException') count++
  }
  return count
}

test('the sixth CreateKey of a second is refused in AWS’s words, by HTTP 400, and recorded', async () => {
  await using service = await TestService.open('off', { rateWorkers: 1 })
  assert.equal(await admitted(service, 5, 'CreateKey', {}), 5)
  assert.equal(await service.fault('CreateKey', {}), THROTTLED)
  assert.equal((await service.call('CreateKey', {})).status, 400)
  service.clock.advance(1000)
  await service.createKey()
})

test('each account, Region and operation has a rate of its own', async () => {
  await using service = await TestService.open('off', { rateWorkers: 1 })
  assert.equal(await admitted(service, 6, 'CreateKey', {}), 5)
  const elsewhere = callerOf(ACCOUNT, 'us-west-2')
  await service.createKey({}, elsewhere)
  await service.createKey({}, callerOf(OTHER_ACCOUNT))
  await service.ok('ListKeys', {})
})

test('a refused request is not even read', async () => {
  await using service = await TestService.open('off', { rateWorkers: 1 })
  await setRate(service, 'CreateKey', 1)
  assert.equal((await service.send('TrentService.CreateKey', '{')).body.__type, 'SerializationException')
  assert.equal((await service.send('TrentService.CreateKey', '{')).body.__type, 'ThrottlingException')
})

test('an operator’s change is followed while the service runs', async () => {
  await using service = await TestService.open('off', { rateWorkers: 1 })
  await setRate(service, 'DescribeKey', 2)
  const { keyId } = await service.createKey()
  assert.equal(await admitted(service, 5, 'DescribeKey', { KeyId: keyId }), 2)
  await setRate(service, 'DescribeKey', 1000)
  service.clock.advance(1000)
  assert.equal(await admitted(service, 5, 'DescribeKey', { KeyId: keyId }), 5)
})

test('a server that counts nothing admits everything', async () => {
  await using service = await TestService.open()
  assert.equal(await admitted(service, 40, 'CreateKey', {}), 40)
})

test('operations of one sort of key share a rate, which a request counts against once', async () => {
  await using service = await TestService.open('off', { rateWorkers: 1 })
  await setRate(service, 'cryptographic-symmetric', 3)
  const { keyId } = await service.createKey()
  const encrypt = { KeyId: keyId, Plaintext: base64('x') }
  assert.equal(await admitted(service, 2, 'Encrypt', encrypt), 2)
  assert.equal(await admitted(service, 5, 'GenerateRandom', { NumberOfBytes: 1 }), 1)
  assert.equal(await service.fault('Encrypt', encrypt), THROTTLED)
  await service.ok('DescribeKey', { KeyId: keyId })
})

test('a stranger is counted alike for every sort of key, and so learns of none', async () => {
  await using service = await TestService.open('on', { rateWorkers: 1 })
  const admin = await addUser(service, 'admin', { inline: { all: ALLOW_KMS } })
  const { keyId, arn } = await service.createKey({}, admin)
  await setRate(service, 'cryptographic-symmetric', 2)
  await setRate(service, 'cryptographic-rsa', 1)
  await service.force(keyId, { spec: 'RSA_2048' })
  const encrypt = { KeyId: arn, Plaintext: base64('x') }
  assert.equal(await admitted(service, 5, 'Encrypt', encrypt, callerOf(OTHER_ACCOUNT)), 2)
  assert.equal(await admitted(service, 5, 'Encrypt', encrypt, admin), 1)
})

test('what a service does with its own keys counts nowhere, and with an account’s keys against the account', async () => {
  await using service = await TestService.open('on', { rateWorkers: 1 })
  const backup = await addService(service, 'backup.amazonaws.com', OTHER_ACCOUNT)
  const admin = await addUser(service, 'admin', { inline: { all: ALLOW_KMS } })
  const operator = await addUser(service, 'operator', { accountId: OTHER_ACCOUNT, inline: { all: ALLOW_KMS } })
  const statement = { Effect: 'Allow', Action: 'kms:*', Resource: '*' }
  const Policy = policyOf(
    { ...statement, Principal: { Service: 'backup.amazonaws.com' } },
    { ...statement, Principal: { AWS: [ACCOUNT, OTHER_ACCOUNT] } },
  )
  const owned = await service.createKey({ Policy }, operator)
  const customers = await service.createKey({ Policy }, admin)
  await setRate(service, 'cryptographic-symmetric', 3)
  const generate = (KeyId: string): object => ({ KeyId, KeySpec: 'AES_256' })
  assert.equal(await admitted(service, 9, 'GenerateDataKey', generate(owned.arn), backup), 9)
  assert.equal(await admitted(service, 2, 'GenerateDataKey', generate(customers.arn), backup), 2)
  assert.equal(await admitted(service, 9, 'GenerateDataKey', generate(customers.arn), admin), 1)
})

test('use of an AWS managed key counts against the account that calls', async () => {
  await using service = await TestService.open('off', { rateWorkers: 1 })
  await setRate(service, 'cryptographic-symmetric', 2)
  const generate = { KeyId: 'alias/aws/s3', KeySpec: 'AES_256' }
  assert.equal(await admitted(service, 5, 'GenerateDataKey', generate), 2)
  assert.equal(await admitted(service, 5, 'GenerateDataKey', generate, callerOf(OTHER_ACCOUNT)), 2)
})

test('only KMS has rates', async () => {
  await using service = await TestService.open('off', { rateWorkers: 1 })
  for (let call = 0; call < 20; call++) {
    assert.equal((await service.query('sts', 'GetCallerIdentity', {})).status, 200)
  }
})

test('IAM and STS have rates of each account, whichever Region a request is signed for', async () => {
  await using service = await TestService.open('off', { rateWorkers: 1 })
  await setRate(service, 'iam-change', 2)
  await setRate(service, 'iam-read', 3)
  await setRate(service, 'sts', 1)
  let made = 0
  const statuses = async (count: number, send: (index: number) => Promise<{ status: number }>): Promise<number[]> => {
    const replies: number[] = []
    for (let index = 0; index < count; index++) replies.push((await send(index)).status)
    return replies
  }
  const inRegion = (index: number): Caller => callerOf(ACCOUNT, ['us-east-1', 'eu-west-3', 'us-west-2'][index % 3])
  const create = (index: number) => service.query('iam', 'CreateGroup', { GroupName: `g${made++}` }, inRegion(index))
  const list = (index: number) => service.query('iam', 'ListGroups', {}, inRegion(index))
  assert.deepEqual(await statuses(4, create), [200, 200, 400, 400])
  assert.deepEqual(await statuses(4, list), [200, 200, 200, 400])
  const { body } = await list(0)
  assert.deepEqual([body['Code'], body['Message']], ['Throttling', 'Rate exceeded'])
  const other = callerOf(OTHER_ACCOUNT)
  assert.equal((await service.query('iam', 'CreateGroup', { GroupName: 'theirs' }, other)).status, 200)
  const identify = (index: number) => service.query('sts', 'GetCallerIdentity', {}, inRegion(index % 2))
  assert.deepEqual(await statuses(4, identify), [200, 200, 400, 400], 'STS has a rate in each Region')
})
