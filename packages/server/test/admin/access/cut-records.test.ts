import assert from 'node:assert/strict'
import { test } from 'node:test'
import { explainRequest } from '../../../src/admin/access/explain-request.ts'
import { replay } from '../../../src/admin/access/replay.ts'
import { addUser, ALLOW_KMS, policyOf, rootOf } from '../../support/identities.ts'
import { ACCOUNT, base64, TestService } from '../../support/service.ts'
import { contextOf, lastRecord } from './support/access.ts'

const MANY_PAIRS = Object.fromEntries(Array.from({ length: 1400 }, (_, i) => [String(i), 'v']))

test('a denied simulation of a megabyte leaves a record of a few kilobytes', async () => {
  await using service = await TestService.open('on')
  const caller = await addUser(service, 'eve')
  const Resource = `arn:aws:s3:::bucket/${'x'.repeat(900)}`
  const input = {
    PolicyInputList: [policyOf({ Effect: 'Allow', Action: '*', Resource: '*' })],
    ActionNames: ['kms:Decrypt'],
    ResourceArns: Array.from({ length: 950 }, () => Resource),
  }
  assert.match(await service.iamFault('SimulateCustomPolicy', input, caller), /^AccessDenied/)
  const record = await lastRecord(service)
  assert.ok(JSON.stringify(record).length < 4096)
  assert.deepEqual(Object.keys(record.request ?? {}), ['ActionNames'])
  assert.deepEqual(
    record.cut?.map(({ member, bytes }) => [member, bytes > 850_000]),
    [['request.ResourceArns', true]],
  )
})

test('explain and replay do not decide a denied request again if its context was too large to store', async () => {
  await using service = await TestService.open('on')
  const Condition = { StringEquals: { 'kms:EncryptionContext:0': 'v' } }
  const caller = await addUser(service, 'ann', { inline: { all: { ...ALLOW_KMS, Effect: 'Deny', Condition } } })
  const { arn } = await service.createKey({}, rootOf())
  const input = { KeyId: arn, Plaintext: base64('x'), EncryptionContext: MANY_PAIRS }
  assert.match(await service.fault('Encrypt', input, caller), /^AccessDenied/)
  const { requestId } = await lastRecord(service)
  const report = await explainRequest(requestId, contextOf(service))
  assert.deepEqual(
    report.cut?.map(({ member }) => member),
    ['request.EncryptionContext'],
  )
  assert.deepEqual([report.decided?.allowed, report.now], [false, undefined])
  const policy = policyOf({
    Effect: 'Allow',
    Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` },
    Action: 'kms:*',
    Resource: '*',
  })
  const replayed = await replay({ key: arn, policy, sinceMs: 0, untilMs: Date.UTC(2030) }, contextOf(service))
  assert.deepEqual([replayed.cut, replayed.allows], [1, []])
})

test('the same context is stored completely if the request is allowed, and explains it', async () => {
  await using service = await TestService.open('on')
  const caller = await addUser(service, 'ann', { inline: { all: ALLOW_KMS } })
  const { arn } = await service.createKey({}, rootOf())
  await service.ok('Encrypt', { KeyId: arn, Plaintext: base64('x'), EncryptionContext: MANY_PAIRS }, caller)
  const record = await lastRecord(service)
  assert.deepEqual(Object.keys(record.request?.['EncryptionContext'] ?? {}).length, 1400)
  const report = await explainRequest(record.requestId, contextOf(service))
  assert.deepEqual([report.cut, report.now?.decision.allowed], [undefined, true])
})
