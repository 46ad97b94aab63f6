import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ACCOUNT, rootOf, TestService } from '../../support/service.ts'
import { policyOf, type Temporary, whoSigns } from '../../support/sessions.ts'

type Answer = { Credentials: Temporary }

test('a user gets temporary credentials for twelve hours, or for as long as requested', async () => {
  await using service = await TestService.open('on')
  const ann = await service.user('ann')
  const { Credentials } = await service.sts<Answer>('GetSessionToken', {}, ann)
  assert.match(Credentials.AccessKeyId, /^ASIA[A-Z2-7]{16}$/)
  assert.equal(Date.parse(Credentials.Expiration), service.clock.now() + 12 * 3_600_000)
  const short = await service.sts<Answer>('GetSessionToken', { DurationSeconds: 900 }, ann)
  assert.equal(Date.parse(short.Credentials.Expiration), service.clock.now() + 900_000)
  const session = await whoSigns(service, Credentials)
  assert.deepEqual(session.principal, ann.principal)
  await service.iam('PutUserPolicy', { UserName: 'ann', PolicyName: 'p', PolicyDocument: policyOf('kms:ListKeys') })
  await service.ok('ListKeys', {}, session)
  assert.match(await service.fault('ListAliases', {}, session), /^AccessDenied/)
})

test('with temporary credentials a user makes no lasting ones', async () => {
  await using service = await TestService.open('on')
  const ann = await service.user('ann')
  await service.iam('PutUserPolicy', { UserName: 'ann', PolicyName: 'p', PolicyDocument: policyOf('iam:*') })
  await service.iam('CreateAccessKey', {}, ann)
  const { Credentials } = await service.sts<Answer>('GetSessionToken', {}, ann)
  const session = await whoSigns(service, Credentials)
  for (const operation of ['CreateAccessKey', 'ListUsers', 'GetUser'] as const) {
    const { status, body } = await service.query('iam', operation, {}, session)
    assert.equal(status, 403, operation)
    assert.equal(body['Code'], 'InvalidClientTokenId')
    assert.equal(body['Message'], 'The security token included in the request is invalid')
  }
  await service.sts('GetCallerIdentity', {}, session)
})

test('a session gets no further session, and a root none at all', async () => {
  await using service = await TestService.open('on')
  const { Credentials } = await service.sts<Answer>('GetSessionToken', {}, await service.user('ann'))
  assert.equal(
    await service.stsFault('GetSessionToken', {}, await whoSigns(service, Credentials)),
    'AccessDenied: Cannot call GetSessionToken with session credentials',
  )
  assert.match(await service.stsFault('GetSessionToken', {}, rootOf(ACCOUNT)), /^AccessDenied/)
})

test('no MFA code is right where there are no devices', async () => {
  await using service = await TestService.open('on')
  const ann = await service.user('ann')
  assert.match(
    await service.stsFault('GetSessionToken', { TokenCode: '123456' }, ann),
    /^AccessDenied: MultiFactorAuthentication/,
  )
})
