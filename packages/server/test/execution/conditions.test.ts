import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { OperationName } from '@keyhold/protocol'
import { addUser, ALLOW_KMS, policyOf } from '../support/identities.ts'
import { storeKeyPolicy } from '../support/policies.ts'
import { allow, scene } from '../support/scene.ts'
import { ACCOUNT, base64 } from '../support/service.ts'

const DENIED = /^AccessDeniedException/
const DELEGATE = { Effect: 'Allow', Principal: { AWS: ACCOUNT }, Action: 'kms:*', Resource: '*' }

test('conditions see the encryption context, in whatever case its names are, and cannot be dodged by another case', async () => {
  const tenant = { StringEquals: { 'kms:EncryptionContext:Tenant': 't-1' } }
  await using at = await scene()
  const ann = await addUser(at.service, 'ann', { inline: { own: allow('kms:Encrypt', tenant) } })
  const encrypt = (EncryptionContext?: object): [OperationName, object] => [
    'Encrypt',
    { KeyId: at.keyId, Plaintext: base64('x'), EncryptionContext },
  ]
  await at.service.ok(...encrypt({ Tenant: 't-1' }), ann)
  await at.service.ok(...encrypt({ tenant: 't-1', more: 'x' }), ann)
  for (const context of [undefined, {}, { Tenant: 't-2' }, { Tenant: 'T-1' }, { Tenant: 't-1', tenant: 't-2' }]) {
    assert.match(await at.service.fault(...encrypt(context), ann), DENIED)
  }
})

test('conditions see what a request leaves to its default', async () => {
  await using at = await scene()
  const algorithm = { StringEquals: { 'kms:EncryptionAlgorithm': 'SYMMETRIC_DEFAULT' } }
  const window = { NumericGreaterThanEquals: { 'kms:ScheduleKeyDeletionPendingWindowInDays': '30' } }
  const ann = await addUser(at.service, 'ann', {
    inline: { use: allow('kms:Encrypt', algorithm), end: allow('kms:ScheduleKeyDeletion', window) },
  })
  await at.service.ok('Encrypt', { KeyId: at.keyId, Plaintext: base64('x') }, ann)
  assert.match(await at.service.fault('ScheduleKeyDeletion', { KeyId: at.keyId, PendingWindowInDays: 7 }, ann), DENIED)
  await at.service.ok('ScheduleKeyDeletion', { KeyId: at.keyId }, ann)
})

test('conditions see the key: its spec, tags, aliases, and the alias it was called by', async () => {
  await using at = await scene()
  await at.service.ok('CreateAlias', { AliasName: 'alias/app', TargetKeyId: at.keyId }, at.admin)
  await at.service.ok('TagResource', { KeyId: at.keyId, Tags: [{ TagKey: 'team', TagValue: 'blue' }] }, at.admin)
  const encrypt = { KeyId: at.keyId, Plaintext: base64('x') }
  const may = async (name: string, condition: object, input: object = encrypt): Promise<void> => {
    const user = await addUser(at.service, name, { inline: { if: allow('kms:Encrypt', condition) } })
    await at.service.ok('Encrypt', input, user)
  }
  const mayNot = async (name: string, condition: object, input: object = encrypt): Promise<void> => {
    const user = await addUser(at.service, name, { inline: { if: allow('kms:Encrypt', condition) } })
    assert.match(await at.service.fault('Encrypt', input, user), DENIED)
  }
  await may('a', {
    StringEquals: { 'kms:KeySpec': 'SYMMETRIC_DEFAULT', 'kms:KeyOrigin': 'AWS_KMS', 'kms:CallerAccount': ACCOUNT },
  })
  await may('b', { StringEquals: { 'aws:ResourceTag/Team': 'blue' } })
  await mayNot('c', { StringEquals: { 'aws:ResourceTag/team': 'red' } })
  await mayNot('iam', { StringEquals: { 'iam:ResourceTag/team': 'blue' } })
  await may('d', { 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': 'alias/app' } })
  await mayNot('e', { 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': 'alias/other' } })
  await may('f', { StringEquals: { 'kms:RequestAlias': 'alias/app' } }, { ...encrypt, KeyId: 'alias/app' })
  await mayNot('g', { StringEquals: { 'kms:RequestAlias': 'alias/app' } })
  await at.service.ok('DeleteAlias', { AliasName: 'alias/app' }, at.admin)
  await mayNot('h', { 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': 'alias/app' } })
})

test('a Deny by the aliases of a key holds however its policy spells that, and before an AWS managed key is made', async () => {
  await using at = await scene()
  await at.service.ok('CreateAlias', { AliasName: 'alias/app', TargetKeyId: at.keyId }, at.admin)
  const names = ['alias/app', 'alias/aws/s3']
  const plain = { ...allow('kms:*', { 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': names } }), Effect: 'Deny' }
  const escaped = policyOf(ALLOW_KMS, plain).replace('kms:ResourceAliases', String.raw`kms:Resource\u0041liases`)
  const input = { PolicyName: 'spelled', PolicyDocument: escaped }
  const { Policy } = await at.service.iam<{ Policy: { Arn: string } }>('CreatePolicy', input)
  const spelled = await addUser(at.service, 'spelled', { attached: [Policy.Arn] })
  const ben = await addUser(at.service, 'ben', { inline: { all: ALLOW_KMS, plain } })
  assert.match(await at.service.fault('DescribeKey', { KeyId: at.keyId }, spelled), DENIED)
  assert.match(await at.service.fault('DescribeKey', { KeyId: 'alias/aws/s3' }, ben), DENIED)
})

test('a condition of a key policy on aliases does not depend on what the policies of the caller ask for', async () => {
  const aliases = { 'kms:ResourceAliases': 'alias/secret' }
  const deny = (Action: string, Condition: object): object => ({ ...DELEGATE, Effect: 'Deny', Action, Condition })
  await using at = await scene()
  const { service, keyId: KeyId, admin } = at
  // KMS takes no such condition: only a policy of an earlier build has one.
  const stored = policyOf(
    DELEGATE,
    deny('kms:DescribeKey', { 'ForAnyValue:StringEquals': aliases }),
    deny('kms:Encrypt', { StringNotEquals: aliases }),
    deny('kms:PutKeyPolicy', { 'ForAnyValue:StringEquals': aliases }),
  )
  await storeKeyPolicy(service, KeyId, stored)
  await service.ok('CreateAlias', { AliasName: 'alias/secret', TargetKeyId: KeyId }, admin)
  const elsewhere = allow('kms:Sign', { StringEquals: { 'kms:ResourceAliases': 'alias/other' } })
  const asking = await addUser(service, 'asking', { inline: { all: ALLOW_KMS, elsewhere } })
  const { Policy } = await service.ok('GetKeyPolicy', { KeyId }, admin)
  for (const caller of [admin, asking]) {
    assert.match(await service.fault('DescribeKey', { KeyId }, caller), DENIED)
    await service.ok('Encrypt', { KeyId, Plaintext: base64('x') }, caller)
    assert.match(await service.fault('PutKeyPolicy', { KeyId, Policy }, caller), DENIED)
  }
})

test('the check that keeps callers from locking themselves out sees the aliases of the key', async () => {
  await using at = await scene([DELEGATE])
  const { service, keyId: KeyId, admin } = at
  await service.ok('CreateAlias', { AliasName: 'alias/app', TargetKeyId: KeyId }, admin)
  const isApp = { 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': 'alias/app' } }
  const putter = await addUser(service, 'putter', { inline: { app: allow('kms:PutKeyPolicy', isApp) } })
  await service.ok('PutKeyPolicy', { KeyId, Policy: policyOf(DELEGATE) }, putter)
})

test('policy variables stand for the caller, and are never patterns', async () => {
  await using at = await scene()
  const own = { StringEquals: { 'kms:EncryptionContext:owner': '${aws:username}' } }
  const [ann, star] = [
    await addUser(at.service, 'ann', { inline: { own: allow('kms:Encrypt', own) } }),
    await addUser(at.service, 'star', {
      inline: {
        own: allow('kms:Encrypt', { StringLike: { 'kms:EncryptionContext:owner': '${aws:PrincipalTag/name}' } }),
      },
      tags: { name: '*' },
    }),
  ]
  const encrypt = (owner: string): object => ({ KeyId: at.keyId, Plaintext: base64('x'), EncryptionContext: { owner } })
  await at.service.ok('Encrypt', encrypt('ann'), ann)
  assert.match(await at.service.fault('Encrypt', encrypt('ben'), ann), DENIED)
  assert.match(await at.service.fault('Encrypt', encrypt('anything'), star), DENIED)
  await at.service.ok('Encrypt', encrypt('*'), star)
})

test('a request to IAM is a request to us-east-1, for whichever Region it is signed; one to KMS is to its own', async () => {
  await using at = await scene()
  const inline = (region: string): Record<string, object> => ({
    some: allow(['iam:ListUsers', 'kms:ListKeys'], { StringEquals: { 'aws:RequestedRegion': region } }),
  })
  const here = await addUser(at.service, 'here', { inline: inline('eu-central-1') })
  const iam = await addUser(at.service, 'iam', { inline: inline('us-east-1') })
  await at.service.iam('ListUsers', {}, iam)
  await at.service.ok('ListKeys', {}, here)
  assert.match(await at.service.iamFault('ListUsers', {}, here), /^AccessDenied/)
  assert.match(await at.service.fault('ListKeys', {}, iam), DENIED)
})
