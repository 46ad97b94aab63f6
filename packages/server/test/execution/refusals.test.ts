import assert from 'node:assert/strict'
import { test } from 'node:test'
import { explainRequest } from '../../src/admin/access/explain-request.ts'
import { toCloudTrail } from '../../src/audit/cloudtrail.ts'
import { contextOf } from '../admin/access/support/access.ts'
import { addUser, ALLOW_KMS, rootOf } from '../support/identities.ts'
import { recordsOf } from '../support/records.ts'
import { base64, TestService } from '../support/service.ts'

/** Of requests that are refused again and again for one reason: how many records they leave. */
async function recordedAfter(service: TestService, ask: () => Promise<unknown>): Promise<number> {
  const before = (await recordsOf(service)).length
  for (let times = 0; times < 5; times++) await ask()
  return (await recordsOf(service)).length - before
}

test('what was denied, made no sense or named nothing is recorded once, then counted', async () => {
  await using service = await TestService.open('on')
  const { arn } = await service.createKey({}, rootOf())
  const eve = await addUser(service, 'eve')
  const asks: (() => Promise<unknown>)[] = [
    () => service.call('Encrypt', { KeyId: arn, Plaintext: base64('x') }, eve),
    () => service.call('Encrypt', { KeyId: 'alias/none', Plaintext: base64('x') }, eve),
    () => service.call('Encrypt', { KeyId: arn }, eve),
    () => service.send('TrentService.Nope', '{}', eve),
    () => service.send('TrentService.Encrypt', '{', eve),
    () => service.query('iam', 'ListUsers', {}, eve),
  ]
  for (const ask of asks) assert.equal(await recordedAfter(service, ask), 1)
})

test('nothing that was allowed is only counted, also if it failed', async () => {
  await using service = await TestService.open('on')
  const ann = await addUser(service, 'ann', { inline: { all: ALLOW_KMS } })
  const { arn } = await service.createKey({}, rootOf())
  const input = { KeyId: arn, Plaintext: base64('x') }
  assert.equal(await recordedAfter(service, () => service.ok('Encrypt', input, ann)), 5)
  assert.equal(await recordedAfter(service, () => service.fault('Encrypt', { ...input, DryRun: true }, ann)), 5)
  await service.ok('DisableKey', { KeyId: arn }, rootOf())
  assert.equal(await recordedAfter(service, () => service.fault('Encrypt', input, ann)), 5)
})

test('throttled requests are recorded once, then counted, whatever their caller may do', async () => {
  await using service = await TestService.open('on', { rateWorkers: 1 })
  await service.createKey({}, rootOf())
  let allowed = 0
  const ask = async (): Promise<void> => {
    if ((await service.call('CreateKey', {}, rootOf())).status === 200) allowed += 1
  }
  assert.equal(await recordedAfter(service, ask), 4 + 1)
  assert.equal(allowed, 4)
  assert.equal(await recordedAfter(service, ask), 0)
  await service.services.auditor.close()
  const last = (await recordsOf(service)).at(-1)
  assert.equal(last?.error?.code, 'ThrottlingException')
  assert.equal(last.counted?.count, 5)
  const { additionalEventData } = toCloudTrail(last) as { additionalEventData: { counted: { count: number } } }
  assert.equal(additionalEventData.counted.count, 5)
})

test('a counted request is explained by the first of its kind', async () => {
  await using service = await TestService.open('on')
  const { arn } = await service.createKey({}, rootOf())
  const eve = await addUser(service, 'eve')
  for (let times = 0; times < 3; times++) await service.fault('DescribeKey', { KeyId: arn }, eve)
  await service.services.auditor.close()
  const records = (await recordsOf(service)).filter(({ operation }) => operation === 'DescribeKey')
  const [first, counted] = records
  assert.deepEqual([first?.counted, counted?.counted?.count], [undefined, 2])
  // Of the last request the log has the id; of the one before only what its id has in common with the first.
  const between = first?.requestId.slice(0, 18) + '-8000-000000000000'.slice(0, 18)
  for (const requestId of [counted?.requestId ?? '', between]) {
    const report = await explainRequest(requestId, contextOf(service))
    assert.deepEqual([report.requestId, report.countedAs], [first?.requestId, requestId])
    assert.equal(report.now?.decision.allowed, false)
  }
})
