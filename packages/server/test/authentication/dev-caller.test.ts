import assert from 'node:assert/strict'
import { test } from 'node:test'
import { devCaller } from '../../src/authentication/dev-caller.ts'
import { minusHeader, signed, withHeader } from './fixture.ts'

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
  await assert.rejects(change('eu-central-1', '../..'), { code: 'IncompleteSignatureException' })
  await assert.rejects(change('eu-central-1', 'EU'), { code: 'InvalidSignatureException' })
})
