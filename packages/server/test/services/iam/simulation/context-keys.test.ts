import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TestService } from '../../../support/service.ts'
import { addPolicy, allow, arnOf, document, listOf } from '../support.ts'

type Answer = { ContextKeyNames: unknown }

async function custom(service: TestService, ...PolicyInputList: string[]): Promise<string[]> {
  const { ContextKeyNames } = await service.iam<Answer>('GetContextKeysForCustomPolicy', { PolicyInputList })
  return listOf<string>(ContextKeyNames)
}

test('the keys of a policy are those of its conditions and of its variables, each once', async () => {
  await using service = await TestService.open('on')
  const first = document(
    allow('kms:*', 'arn:aws:kms:*:*:alias/${aws:PrincipalTag/team}-${*}', {
      StringEquals: { 'kms:ViaService': 'x', 'aws:SourceAccount': "${aws:username, 'none'}" },
      Bool: { 'aws:SecureTransport': 'true' },
    }),
  )
  const second = document(allow('kms:*', '*', { Bool: { 'AWS:securetransport': 'true', 'kms:MultiRegion': 'true' } }))
  assert.deepEqual(await custom(service, first, second), [
    'aws:PrincipalTag/team',
    'aws:username',
    'kms:ViaService',
    'aws:SourceAccount',
    'aws:SecureTransport',
    'kms:MultiRegion',
  ])
  // Variables came with the second version of the language.
  const old = first.replace('2012-10-17', '2008-10-17')
  assert.deepEqual(await custom(service, old), ['kms:ViaService', 'aws:SourceAccount', 'aws:SecureTransport'])
  assert.deepEqual(await custom(service, document(allow('kms:*'))), [])
})

test('the keys of a user are those of all policies that it has, of its groups’ too, and of the ones given', async () => {
  await using service = await TestService.open('on')
  await service.iam('CreateUser', { UserName: 'ann' })
  await service.iam('CreateGroup', { GroupName: 'devs' })
  await service.iam('AddUserToGroup', { GroupName: 'devs', UserName: 'ann' })
  const asking = (key: string): string => document(allow('kms:*', '*', { StringEquals: { [key]: 'x' } }))
  await service.iam('PutUserPolicy', { UserName: 'ann', PolicyName: 'p', PolicyDocument: asking('kms:KeySpec') })
  await service.iam('PutGroupPolicy', { GroupName: 'devs', PolicyName: 'p', PolicyDocument: asking('kms:KeyUsage') })
  const PolicyArn = await addPolicy(service, 'managed')
  const version = { PolicyArn, PolicyDocument: asking('kms:KeyOrigin'), SetAsDefault: true }
  await service.iam('CreatePolicyVersion', version)
  await service.iam('AttachUserPolicy', { UserName: 'ann', PolicyArn })
  const of = async (resource: string, input: object = {}): Promise<string[]> => {
    const asked = { PolicySourceArn: arnOf(resource), ...input }
    const { ContextKeyNames } = await service.iam<Answer>('GetContextKeysForPrincipalPolicy', asked)
    return listOf<string>(ContextKeyNames)
  }
  assert.deepEqual(await of('user/ann'), ['kms:KeySpec', 'kms:KeyOrigin', 'kms:KeyUsage'])
  assert.deepEqual(await of('group/devs', { PolicyInputList: [asking('aws:SourceIp')] }), [
    'kms:KeyUsage',
    'aws:SourceIp',
  ])
})

test('an invalid policy and a missing principal are refused', async () => {
  await using service = await TestService.open('on')
  const fault = (PolicyInputList: string[]): Promise<string> =>
    service.iamFault('GetContextKeysForCustomPolicy', { PolicyInputList })
  assert.match(await fault(['{}']), /^InvalidInput: PolicyInputList\.1: /)
  const long = document(allow(`kms:${'x'.repeat(70_000)}`))
  assert.match(await fault([long, long]), /^InvalidInput: .*131072 characters/)
  const absent = { PolicySourceArn: arnOf('user/absent') }
  assert.match(await service.iamFault('GetContextKeysForPrincipalPolicy', absent), /^NoSuchEntity/)
  const root = { PolicySourceArn: arnOf('root') }
  assert.match(await service.iamFault('GetContextKeysForPrincipalPolicy', root), /^InvalidInput/)
})
