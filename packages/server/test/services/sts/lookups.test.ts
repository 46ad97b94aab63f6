import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemRandom } from '../../../src/crypto/random.ts'
import type { Caller } from '../../../src/identity/accounts/caller.ts'
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

test('no text is a message about a denial but the id of one, and who may not decode them is told only that', async () => {
  await using service = await TestService.open('on')
  for (const EncodedMessage of ['an-encoded-message', systemRandom.uuid(), '__proto__']) {
    assert.equal(await fault(service, 'DecodeAuthorizationMessage', { EncodedMessage }), NOT_VALID)
  }
  const bob = await service.user('bob')
  const decode = { EncodedMessage: 'an-encoded-message' }
  assert.match(await fault(service, 'DecodeAuthorizationMessage', decode, bob), /^AccessDenied/)
})

const NOT_VALID = 'InvalidAuthorizationMessageException: Message is not valid'

test('the request id of a denial tells why, to the account whose resource was asked for and to no other', async () => {
  await using service = await TestService.open('on')
  const ann = await service.user('ann')
  const { keyId, arn } = await service.createKey({}, { ...rootOf(ACCOUNT), service: 'kms' })
  const stranger = { ...rootOf(OTHER_ACCOUNT), service: 'kms' }
  const denied = async (KeyId: string, caller: Caller): Promise<string | undefined> => {
    const { status, body } = await service.call('Encrypt', { KeyId, Plaintext: 'aGk=' }, caller)
    assert.deepEqual([status, body['__type']], [400, 'AccessDeniedException'])
    return service.answeredId
  }
  const decoded = async (EncodedMessage: string | undefined, accountId: string): Promise<unknown> => {
    const { status, body } = await service.query(
      'sts',
      'DecodeAuthorizationMessage',
      { EncodedMessage },
      rootOf(accountId),
    )
    return status === 200
      ? JSON.parse(String(body['DecodedMessage']))
      : `${String(body['Code'])}: ${String(body['Message'])}`
  }
  const own = await denied(keyId, { ...ann, service: 'kms' })
  assert.deepEqual(await decoded(own, ACCOUNT), {
    allowed: false,
    explicitDeny: false,
    matchedStatements: { items: [] },
    failures: { items: [] },
    context: {
      principal: { id: ann.principal.principalId, name: 'ann', arn: ann.principal.arn },
      action: 'kms:Encrypt',
      resource: arn,
      conditions: { items: [] },
    },
    reason: 'no-identity-allow',
    explanation: "None of the principal's identity policies allows it.",
  })
  assert.equal(await decoded(own, OTHER_ACCOUNT), NOT_VALID)
  // Whether the key is there or not, a caller of another account and their account's administrators learn nothing.
  for (const asked of [arn, arn.replace(keyId, systemRandom.uuid())]) {
    const foreign = await denied(asked, stranger)
    assert.equal(await decoded(foreign, OTHER_ACCOUNT), NOT_VALID)
    assert.partialDeepStrictEqual(await decoded(foreign, ACCOUNT), { allowed: false, context: { resource: asked } })
  }
})

test('the account of a key is not told which policy of another account denied its caller', async () => {
  await using service = await TestService.open('on')
  const Statement = [{ Effect: 'Allow', Principal: { AWS: [ACCOUNT, OTHER_ACCOUNT] }, Action: 'kms:*', Resource: '*' }]
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement })
  const { arn } = await service.createKey({ Policy }, { ...rootOf(ACCOUNT), service: 'kms' })
  const eve = await service.user('eve', undefined, OTHER_ACCOUNT)
  const denial = [{ Sid: 'Acquisition', Effect: 'Deny', Action: 'kms:*', Resource: '*' }]
  await service.iam(
    'PutUserPolicy',
    {
      UserName: 'eve',
      PolicyName: 'secret-plans',
      PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: denial }),
    },
    rootOf(OTHER_ACCOUNT),
  )
  const { body } = await service.call('Encrypt', { KeyId: arn, Plaintext: 'aGk=' }, { ...eve, service: 'kms' })
  assert.equal(body['__type'], 'AccessDeniedException')
  const { DecodedMessage } = await service.sts<{ DecodedMessage: string }>('DecodeAuthorizationMessage', {
    EncodedMessage: service.answeredId,
  })
  assert.doesNotMatch(DecodedMessage, /Acquisition|secret-plans/)
  assert.partialDeepStrictEqual(JSON.parse(DecodedMessage), {
    allowed: false,
    explicitDeny: false,
    matchedStatements: { items: [] },
    reason: 'not-allowed-by-principals-account',
  })
})
