import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ACCOUNT, OTHER_ACCOUNT, rootOf, TestService } from '../../support/service.ts'

async function fault(service: TestService, ...request: Parameters<TestService['sts']>): Promise<string> {
  const [operation, input, caller] = request
  const { status, body } = await service.query('sts', operation, input, caller)
  assert.notEqual(status, 200)
  return `${String(body['Code'])}: ${String(body['Message'])}`
}

test('who has the id of a long-term key can ask whose account it is, also of another account', async () => {
  await using service = await TestService.open('on')
  await service.iam('CreateUser', { UserName: 'ann' })
  const { AccessKey } = await service.iam<{ AccessKey: { AccessKeyId: string } }>('CreateAccessKey', {
    UserName: 'ann',
  })
  const { AccessKeyId } = AccessKey
  assert.deepEqual(await service.sts('GetAccessKeyInfo', { AccessKeyId }), { Account: ACCOUNT })
  assert.deepEqual(await service.sts('GetAccessKeyInfo', { AccessKeyId }, rootOf(OTHER_ACCOUNT)), { Account: ACCOUNT })
  const absent = await fault(service, 'GetAccessKeyInfo', { AccessKeyId: 'AKIAIOSFODNN7EXAMPLE' })
  assert.match(absent, /^ValidationError: /)
  const bob = await service.user('bob')
  assert.match(await fault(service, 'GetAccessKeyInfo', { AccessKeyId }, bob), /^AccessDenied: .*sts:GetAccessKeyInfo/)
})

test('no message about a denial is valid, and who may not decode them is told only that', async () => {
  await using service = await TestService.open('on')
  const EncodedMessage = 'an-encoded-message'
  assert.equal(
    await fault(service, 'DecodeAuthorizationMessage', { EncodedMessage }),
    'InvalidAuthorizationMessageException: Message is not valid',
  )
  const bob = await service.user('bob')
  assert.match(await fault(service, 'DecodeAuthorizationMessage', { EncodedMessage }, bob), /^AccessDenied/)
})
