import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ACCOUNT, rootOf, TestService } from '../../../support/service.ts'
import { policyOf } from '../../../support/sessions.ts'

const Url = 'https://issuer.example.com/id/A1'
const ARN = `arn:aws:iam::${ACCOUNT}:oidc-provider/issuer.example.com/id/A1`
const BY_ARN = { OpenIDConnectProviderArn: ARN }
const THUMBPRINT = 'ab'.repeat(20)

interface Provider {
  Url: string
  ClientIDList: string[]
  ThumbprintList: string[]
  Tags?: object[]
}

test('a provider is known by its issuer without https://, and tells what it was made with', async () => {
  await using service = await TestService.open('on')
  const input = {
    Url,
    ClientIDList: ['sts', 'sts', 'x'],
    ThumbprintList: [THUMBPRINT],
    Tags: [{ Key: 'k', Value: 'v' }],
  }
  const made = await service.iam<object>('CreateOpenIDConnectProvider', input)
  assert.deepEqual(made, { OpenIDConnectProviderArn: ARN, Tags: [{ Key: 'k', Value: 'v' }] })
  const provider = await service.iam<Provider & { CreateDate: string }>('GetOpenIDConnectProvider', BY_ARN)
  assert.deepEqual(
    { ...provider, CreateDate: Date.parse(provider.CreateDate) },
    {
      Url: 'issuer.example.com/id/A1',
      ClientIDList: ['sts', 'x'],
      ThumbprintList: [THUMBPRINT],
      CreateDate: service.clock.now(),
      Tags: [{ Key: 'k', Value: 'v' }],
    },
  )
  const list = await service.iam<object>('ListOpenIDConnectProviders', {})
  assert.deepEqual(list, { OpenIDConnectProviderList: [{ Arn: ARN }] })
  assert.match(
    await service.iamFault('CreateOpenIDConnectProvider', { Url }),
    /^EntityAlreadyExists: Provider with url/,
  )
})

test('an issuer is an https: URL without query and fragment', async () => {
  await using service = await TestService.open('on')
  for (const wrong of [
    'http://issuer.example.com',
    'issuer.example.com',
    `${Url}?a=b`,
    `${Url}#a`,
    'https://user@issuer.example.com',
    'https://ISSUER.example.com',
  ]) {
    const fault = await service.iamFault('CreateOpenIDConnectProvider', { Url: wrong })
    assert.equal(fault, 'InvalidInput: Invalid Open ID Connect Provider URL')
  }
})

test('audiences come and go, at most a hundred, and what is so already is no error', async () => {
  await using service = await TestService.open('on')
  const many = Array.from({ length: 99 }, (_, index) => `client-${index}`)
  await service.iam('CreateOpenIDConnectProvider', { Url, ClientIDList: many })
  for (let twice = 0; twice < 2; twice++) {
    await service.iam('AddClientIDToOpenIDConnectProvider', { ...BY_ARN, ClientID: 'sts' })
  }
  const more = { ...BY_ARN, ClientID: 'one-more' }
  assert.match(await service.iamFault('AddClientIDToOpenIDConnectProvider', more), /^LimitExceeded/)
  for (let twice = 0; twice < 2; twice++) {
    await service.iam('RemoveClientIDFromOpenIDConnectProvider', { ...BY_ARN, ClientID: 'client-0' })
  }
  const { ClientIDList } = await service.iam<Provider>('GetOpenIDConnectProvider', BY_ARN)
  assert.deepEqual(ClientIDList, [...many.slice(1), 'sts'])
})

test('thumbprints are replaced as a whole, at most five', async () => {
  await using service = await TestService.open('on')
  await service.iam('CreateOpenIDConnectProvider', { Url, ThumbprintList: [THUMBPRINT] })
  const update = (...ThumbprintList: string[]): object => ({ ...BY_ARN, ThumbprintList })
  const others = ['b', 'c'].map((digit) => digit.repeat(40))
  await service.iam('UpdateOpenIDConnectProviderThumbprint', update(...others))
  const { ThumbprintList } = await service.iam<Provider>('GetOpenIDConnectProvider', BY_ARN)
  assert.deepEqual(ThumbprintList, others)
  const six = update(...Array.from({ length: 6 }, () => THUMBPRINT))
  assert.match(await service.iamFault('UpdateOpenIDConnectProviderThumbprint', six), /^InvalidInput/)
  const short = await service.iamFault('UpdateOpenIDConnectProviderThumbprint', update('ab'))
  assert.match(short, /^ValidationError: .*thumbprintList/)
})

test('deleting a provider that is not there is no error; asking for it is', async () => {
  await using service = await TestService.open('on')
  await service.iam('CreateOpenIDConnectProvider', { Url })
  await service.iam('DeleteOpenIDConnectProvider', BY_ARN)
  await service.iam('DeleteOpenIDConnectProvider', BY_ARN)
  assert.match(
    await service.iamFault('GetOpenIDConnectProvider', BY_ARN),
    /^NoSuchEntity: OpenIDConnect Provider not found/,
  )
  const OpenIDConnectProviderArn = `arn:aws:iam::${ACCOUNT}:saml-provider/x`
  assert.match(await service.iamFault('GetOpenIDConnectProvider', { OpenIDConnectProviderArn }), /^InvalidInput/)
})

test('no caller can access the providers of another account', async () => {
  await using service = await TestService.open('on')
  await service.iam('CreateOpenIDConnectProvider', { Url })
  const stranger = rootOf('444455556666')
  const absent = `NoSuchEntity: OpenIDConnect Provider not found for arn ${ARN}`
  for (const operation of ['GetOpenIDConnectProvider', 'DeleteOpenIDConnectProvider'] as const) {
    assert.equal(await service.iamFault(operation, BY_ARN, stranger), absent)
  }
  await service.iam('GetOpenIDConnectProvider', BY_ARN)
})

test('permissions are asked on the provider’s ARN, and tags need one of their own', async () => {
  await using service = await TestService.open('on')
  const ann = await service.user('ann')
  const only = {
    Version: '2012-10-17',
    Statement: { Effect: 'Allow', Action: 'iam:*OpenIDConnectProvider', Resource: ARN },
  }
  await service.iam('PutUserPolicy', { UserName: 'ann', PolicyName: 'p', PolicyDocument: JSON.stringify(only) })
  await service.iam('CreateOpenIDConnectProvider', { Url }, ann)
  assert.match(await service.iamFault('CreateOpenIDConnectProvider', { Url: `${Url}2` }, ann), /^AccessDenied/)
  await service.iam('PutUserPolicy', {
    UserName: 'ann',
    PolicyName: 'p',
    PolicyDocument: policyOf('iam:CreateOpenIDConnectProvider'),
  })
  const tagged = { Url: `${Url}2`, Tags: [{ Key: 'k', Value: 'v' }] }
  assert.match(await service.iamFault('CreateOpenIDConnectProvider', tagged, ann), /iam:TagOpenIDConnectProvider/)
})
