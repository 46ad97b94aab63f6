import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RawRequest } from '../../../src/identity/authentication/raw-request.ts'
import { devCaller } from '../../../src/identity/authentication/dev-caller.ts'
import { minusHeader, NOW_MS, plusHeader, signed, verifierOf, withHeader } from './fixture.ts'

const caller = devCaller({ accessKeys: { find: async () => undefined }, services: ['kms'] })
const as = (accessKeyId: string): ReturnType<typeof caller> =>
  caller(signed({ credentials: { accessKeyId, secretAccessKey: 'anything' }, region: 'us-west-2' }))

test('an access key id of twelve digits names the account', async () => {
  const { principal, region, accessKeyId } = await as('123456789012')
  assert.deepEqual(
    [principal.accountId, principal.arn, principal.type, region, accessKeyId],
    ['123456789012', 'arn:aws:iam::123456789012:root', 'Root', 'us-west-2', '123456789012'],
  )
})

for (const accessKeyId of ['test', 'AKIDEXAMPLE', '12345678901', '1234567890123', '12345678901a']) {
  test(`the access key id ${accessKeyId} belongs to the account of zeros`, async () => {
    assert.equal((await as(accessKeyId)).principal.accountId, '000000000000')
  })
}

test('the header must still be one that could be verified', async () => {
  const request = signed()
  await assert.rejects(caller(minusHeader(request, 'authorization')), {
    code: 'MissingAuthenticationTokenException',
  })
  const change = (from: string, to: string): ReturnType<typeof caller> =>
    caller(withHeader(request, 'authorization', (value) => value.replace(from, to)))
  await assert.rejects(change('/kms/', '/s3/'), { code: 'InvalidSignatureException' })
  await assert.rejects(change('eu-central-1', '../../..'), { code: 'IncompleteSignatureException' })
  await assert.rejects(change('eu-central-1', 'EU'), { code: 'InvalidSignatureException' })
})

const FORMS: Record<string, RawRequest> = {
  'an unsigned host': withHeader(signed(), 'authorization', (value) => value.replace('host;', '')),
  'an unsigned x-amz-target': signed({ unsigned: ['x-amz-target'] }),
  'a further header of Amazon’s': plusHeader(signed(), 'x-amz-extra', 'a'),
  'a signed header that was not sent': minusHeader(signed(), 'x-amz-target'),
  'a header twice': plusHeader(signed(), 'X-Amz-Target', 'TrentService.DescribeKey'),
  'no date': minusHeader(signed(), 'x-amz-date'),
  'a date that is none': withHeader(signed(), 'x-amz-date', () => 'today'),
  'the scope of another day': withHeader(signed(), 'authorization', (value) => value.replace('20260102', '20260101')),
  'an encoded body': signed({ headers: { 'content-encoding': 'aws-chunked' } }),
  'an unhashed body': signed({ headers: { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' } }),
}

for (const [what, request] of Object.entries(FORMS)) {
  test(`a development server refuses what a server refuses: ${what}`, async () => {
    const inServe = await verifierOf()(request).then(() => 'accepted', String)
    const inDev = await caller(request).then(() => 'accepted', String)
    assert.notEqual(inServe, 'accepted')
    assert.equal(inDev, inServe)
  })
}

test('a development server takes signatures of any time, as its clock may stand still or be moved', async () => {
  assert.equal((await caller(signed({ timeMs: NOW_MS - 86_400_000 }))).principal.type, 'Root')
})
