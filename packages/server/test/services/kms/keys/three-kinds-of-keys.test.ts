import assert from 'node:assert/strict'
import { test } from 'node:test'
import { signRequest } from '@keyhold/protocol'
import { sha256 } from '../../../../src/crypto/sha256.ts'
import { signingHash } from '../../../../src/crypto/hmac.ts'
import { issueAccessKey } from '../../../../src/identity/accounts/access-key.ts'
import type { Caller } from '../../../../src/identity/accounts/caller.ts'
import { rotateDueKeys } from '../../../../src/jobs/rotation.ts'
import { Changeset } from '../../../../src/vault/records/changeset.ts'
import { addRole, addService, addUser, ALLOW_KMS, policyOf, rootOf } from '../../../support/identities.ts'
import { ACCOUNT, base64, OTHER_ACCOUNT, REGION, type Reply, TestService } from '../../../support/service.ts'
import { type Temporary, whoSigns } from '../../../support/sessions.ts'

/** AWS managed, customer managed and AWS owned keys: AWS KMS Developer Guide, "AWS KMS keys", its table of the three. */

const OPERATOR = OTHER_ACCOUNT
const BACKUP = 'alias/aws/backup'
const YEAR_MS = 366 * 86_400_000

interface Keys {
  accessKeyId: string
  secretAccessKey: string
}

test('a key of a service is made when it is first looked at, and shows that it is AWS managed', async () => {
  await using service = await TestService.open('on')
  const admin = await addUser(service, 'admin', { inline: { all: ALLOW_KMS } })
  const { Aliases } = await service.ok<{ Aliases: Record<string, string>[] }>('ListAliases', {}, admin)
  assert.ok(Aliases.some(({ AliasName, TargetKeyId }) => AliasName === 'alias/aws/s3' && TargetKeyId === undefined))
  const first = await service.ok<Described>('DescribeKey', { KeyId: 'alias/aws/s3' }, admin)
  assert.equal(first.KeyMetadata.KeyManager, 'AWS')
  const again = await Promise.all(
    [1, 2, 3].map(() => service.ok<Described>('DescribeKey', { KeyId: 'alias/aws/s3' }, admin)),
  )
  assert.deepEqual(new Set(again.map(({ KeyMetadata }) => KeyMetadata.KeyId)), new Set([first.KeyMetadata.KeyId]))
  const after = await service.ok<{ Aliases: Record<string, string>[] }>('ListAliases', {}, admin)
  assert.equal(
    after.Aliases.find(({ AliasName }) => AliasName === 'alias/aws/s3')?.TargetKeyId,
    first.KeyMetadata.KeyId,
  )
  assert.equal(after.Aliases.length, Aliases.length)
  const { Policy } = await service.ok('GetKeyPolicy', { KeyId: first.KeyMetadata.KeyId }, admin)
  assert.match(Policy ?? '', /kms:ViaService": "s3\.eu-central-1\.amazonaws\.com"/)
})

test('of keys that are first used at once there is one', async () => {
  await using service = await TestService.open('on')
  const admin = await addUser(service, 'admin', { inline: { all: ALLOW_KMS } })
  const all = await Promise.all(
    Array.from({ length: 8 }, () => service.ok<Described>('DescribeKey', { KeyId: 'alias/aws/ebs' }, admin)),
  )
  assert.equal(new Set(all.map(({ KeyMetadata }) => KeyMetadata.KeyId)).size, 1)
})

test('a caller who may not describe the key of a service does not create it, and unknown services have none', async () => {
  await using service = await TestService.open('on')
  const unprivileged = await addUser(service, 'unprivileged')
  assert.match(await service.fault('DescribeKey', { KeyId: 'alias/aws/s3' }, unprivileged), /^AccessDeniedException/)
  const admin = await addUser(service, 'admin', { inline: { all: ALLOW_KMS } })
  const { Keys } = await service.ok<{ Keys: unknown[] }>('ListKeys', {}, admin)
  assert.deepEqual(Keys, [])
  assert.match(await service.fault('DescribeKey', { KeyId: 'alias/aws/unheard-of' }, admin), /^NotFoundException/)
})

for (const enforcement of ['on', 'off'] as const) {
  test(`no caller changes an AWS managed key, with policies ${enforcement}`, async () => {
    await using service = await TestService.open(enforcement)
    const admin = await addUser(service, 'admin', { inline: { all: ALLOW_KMS } })
    const { KeyMetadata } = await service.ok<Described>('DescribeKey', { KeyId: 'alias/aws/s3' }, admin)
    const KeyId = KeyMetadata.KeyId
    for (const caller of [admin, rootOf()]) {
      for (const [operation, input] of [
        ['DisableKey', {}],
        ['EnableKey', {}],
        ['ScheduleKeyDeletion', {}],
        ['PutKeyPolicy', { Policy: policyOf({ Effect: 'Allow', Principal: '*', Action: 'kms:*', Resource: '*' }) }],
        ['TagResource', { Tags: [{ TagKey: 'a', TagValue: 'b' }] }],
        ['UpdateKeyDescription', { Description: 'mine' }],
      ] as const) {
        assert.match(await service.fault(operation, { KeyId, ...input }, caller), /^AccessDeniedException/, operation)
      }
      const alias = { AliasName: 'alias/mine', TargetKeyId: KeyId }
      assert.match(await service.fault('CreateAlias', alias, caller), /^AccessDeniedException/)
      assert.match(await service.fault('DeleteAlias', { AliasName: 'alias/aws/s3' }, caller), /^NotAuthorizedException/)
    }
  })
}

test('an AWS managed key is used through its service only: not directly, and not through another', async () => {
  await using service = await TestService.open('on')
  const backup = await registered(service, 'backup.amazonaws.com')
  const archive = await registered(service, 'archive.amazonaws.com')
  const ann = await addUser(service, 'ann', { inline: { all: ALLOW_KMS } })
  const annKeys = await keysOf(service, ann)
  const use = { KeyId: BACKUP, KeySpec: 'AES_256' }
  assert.match(await service.fault('GenerateDataKey', use, ann), /^AccessDeniedException/)
  const through = await forwarded(service, backup, annKeys)
  const { CiphertextBlob } = await service.ok('GenerateDataKey', use, through)
  assert.equal(through.principal.arn, ann.principal.arn)
  await service.ok('Decrypt', { CiphertextBlob }, through)
  assert.match(await service.fault('Decrypt', { CiphertextBlob }, ann), /^AccessDeniedException/)
  const other = await forwarded(service, archive, annKeys)
  assert.match(await service.fault('Decrypt', { CiphertextBlob }, other), /^AccessDeniedException/)
  assert.match(await service.fault('Decrypt', { CiphertextBlob }, backup.caller), /^AccessDeniedException/)
})

test('a service acts for a user only in KMS: it gets no long-term credentials and none of the user’s roles', async () => {
  await using service = await TestService.open('on')
  const backup = await registered(service, 'backup.amazonaws.com')
  const ann = await addUser(service, 'ann', { inline: { all: { Effect: 'Allow', Action: '*', Resource: '*' } } })
  const text = policyOf({ Effect: 'Allow', Principal: { AWS: ann.principal.arn }, Action: 'sts:AssumeRole' })
  await addRole(service, 'deployer', { trust: { text } })
  const role = { RoleArn: `arn:aws:iam::${ann.principal.accountId}:role/deployer`, RoleSessionName: 'night' }
  await service.sts('AssumeRole', role, ann)
  const through = await forwarded(service, backup, await keysOf(service, ann))
  assert.match(await service.iamFault('CreateAccessKey', {}, through), /^AccessDenied/)
  assert.match(await service.stsFault('AssumeRole', role, through), /^AccessDenied/)
  await service.sts('GetCallerIdentity', {}, through)
})

test('a request that a user signed for KMS itself cannot be forwarded by any service', async () => {
  await using service = await TestService.open('on')
  const kms = await registered(service, 'kms.example.internal')
  const keys = await keysOf(service, await addUser(service, 'ann', { inline: { all: ALLOW_KMS } }))
  const reply = await forward(service, kms.caller, asked(service, keys, 'kms'))
  assert.deepEqual([reply.status, reply.body.__type], [400, 'AccessDeniedException'])
})

test('only the service that a user called can act for the user, and only while the request is fresh', async () => {
  await using service = await TestService.open('on')
  const backup = await registered(service, 'backup.amazonaws.com')
  const ann = await addUser(service, 'ann', { inline: { all: ALLOW_KMS } })
  const annKeys = await keysOf(service, ann)
  const meantForOther = asked(service, annKeys, 'archive')
  assert.equal((await forward(service, backup.caller, meantForOther)).status, 400)
  const meantForKms = asked(service, annKeys, 'kms')
  assert.equal((await forward(service, backup.caller, meantForKms)).status, 400)
  const spoilt = { ...asked(service, annKeys, 'backup'), PayloadHash: sha256('another body') }
  assert.equal((await forward(service, backup.caller, spoilt)).status, 400)
  assert.equal((await forward(service, ann, asked(service, annKeys, 'backup'))).body.__type, 'AccessDeniedException')
  const fresh = asked(service, annKeys, 'backup')
  assert.equal((await forward(service, backup.caller, fresh)).status, 200)
  service.clock.advance(6 * 60_000)
  assert.equal((await forward(service, backup.caller, fresh)).status, 400)
})

test('what a request says of services in its headers means nothing', async () => {
  await using service = await TestService.open('on')
  await registered(service, 'backup.amazonaws.com')
  const ann = await addUser(service, 'ann', { inline: { all: ALLOW_KMS } })
  const key = await service.createKey(
    {
      Policy: policyOf(
        { Effect: 'Allow', Principal: { AWS: ACCOUNT }, Action: 'kms:*', Resource: '*' },
        {
          Effect: 'Deny',
          Principal: '*',
          Action: 'kms:Encrypt',
          Resource: '*',
          Condition: { StringNotEquals: { 'kms:ViaService': 'backup.eu-central-1.amazonaws.com' } },
        },
      ),
    },
    ann,
  )
  const attempt = await service.fault('Encrypt', { KeyId: key.keyId, Plaintext: base64('x') }, ann)
  assert.match(attempt, /explicit deny in a resource-based policy/)
})

test('an AWS managed key is rotated every year, and what it encrypted still opens', async () => {
  await using service = await TestService.open('on')
  const backup = await registered(service, 'backup.amazonaws.com')
  const ann = await addUser(service, 'ann', { inline: { all: ALLOW_KMS } })
  const annKeys = await keysOf(service, ann)
  const through = await forwarded(service, backup, annKeys)
  const before = await service.ok('GenerateDataKey', { KeyId: BACKUP, KeySpec: 'AES_256' }, through)
  service.clock.advance(YEAR_MS)
  await rotateDueKeys(service.engine)
  const later = await forwarded(service, backup, annKeys)
  const after = await service.ok('GenerateDataKey', { KeyId: BACKUP, KeySpec: 'AES_256' }, later)
  assert.notEqual(after.KeyMaterialId, before.KeyMaterialId)
  const opened = await service.ok('Decrypt', { CiphertextBlob: before.CiphertextBlob }, later)
  assert.equal(opened.Plaintext, before.Plaintext)
  await rotateDueKeys(service.engine)
  const again = await service.ok('GenerateDataKey', { KeyId: BACKUP, KeySpec: 'AES_256' }, later)
  assert.equal(again.KeyMaterialId, after.KeyMaterialId)
})

test('an AWS owned key is in the operator’s account: the service uses it for all accounts, and tenants never see it', async () => {
  await using service = await TestService.open('on')
  const { caller: backup } = await registered(service, 'backup.amazonaws.com')
  const operator = await addUser(service, 'operator', { accountId: OPERATOR, inline: { all: ALLOW_KMS } })
  const tenant = await addUser(service, 'tenant', { inline: { all: ALLOW_KMS } })
  const { arn, keyId } = await service.createKey(
    {
      Policy: policyOf(
        { Effect: 'Allow', Principal: { AWS: OPERATOR }, Action: 'kms:*', Resource: '*' },
        {
          Effect: 'Allow',
          Principal: { Service: 'backup.amazonaws.com' },
          Action: ['kms:GenerateDataKey', 'kms:Decrypt'],
          Resource: '*',
        },
      ),
    },
    operator,
  )
  const { CiphertextBlob } = await service.ok('GenerateDataKey', { KeyId: arn, KeySpec: 'AES_256' }, backup)
  await service.ok('Decrypt', { CiphertextBlob }, backup)
  assert.match(await service.fault('DescribeKey', { KeyId: arn }, backup), /^AccessDeniedException/)
  for (const attempt of [
    service.fault('DescribeKey', { KeyId: arn }, tenant),
    service.fault('Decrypt', { CiphertextBlob }, tenant),
    service.fault('GetKeyPolicy', { KeyId: arn }, tenant),
  ]) {
    assert.match(
      await attempt,
      /^AccessDeniedException.*(this resource|this ciphertext) because the resource does not exist/,
    )
  }
  const { Keys } = await service.ok<{ Keys: { KeyId: string }[] }>('ListKeys', {}, tenant)
  assert.ok(!Keys.some(({ KeyId }) => KeyId === keyId))
})

test('a forwarded request has temporary credentials, also where the user signed with an access key', async () => {
  await using service = await TestService.open('on')
  const backup = await registered(service, 'backup.amazonaws.com')
  const admin = await addUser(service, 'admin', { inline: { all: ALLOW_KMS } })
  const unless = (Condition: object): object => ({ ...ALLOW_KMS, Effect: 'Deny', Condition })
  for (const [name, denied] of [
    ['second-factor', { Bool: { 'aws:MultiFactorAuthPresent': 'false' } }],
    ['temporary', { Null: { 'aws:TokenIssueTime': 'false' } }],
  ] as const) {
    const inline = { all: ALLOW_KMS, deny: unless(denied) }
    const user = await addUser(service, name, { inline })
    const { arn: KeyId } = await service.createKey({}, admin)
    await service.ok('DescribeKey', { KeyId }, user)
    const by = await forwarded(service, backup, await keysOf(service, user))
    assert.match(await service.fault('DescribeKey', { KeyId }, by), /explicit deny in an identity-based policy/)
  }
})

interface Described {
  KeyMetadata: { KeyId: string; KeyManager: string }
}

interface Registered {
  caller: Caller
  name: string
}

async function registered(service: TestService, name: string): Promise<Registered> {
  return { caller: await addService(service, name, OPERATOR), name }
}

/** An access key of the user's, as IAM would give it. */
async function keysOf(service: TestService, user: Caller): Promise<Keys> {
  const { accountId, principalId } = user.principal
  const changes = new Changeset()
  const owner = { accountId, principalId, nowMs: service.clock.now() }
  const issued = await issueAccessKey(owner, service.services, changes)
  await service.services.records.commit(changes)
  const secretAccessKey = Buffer.from(issued.secretAccessKey.reveal()).toString()
  return { accessKeyId: issued.record.accessKeyId, secretAccessKey }
}

/** A request that the user signed for a service. */
function asked(service: TestService, keys: Keys, signingName: string): Record<string, unknown> {
  const url = new URL(`https://${signingName}.example/vaults/1`)
  const body = Buffer.from('{"do":"back up"}')
  const headers = { 'content-type': 'application/json' }
  const time = new Date(service.clock.now())
  const signed = signRequest(
    { method: 'PUT', url, headers, body },
    keys,
    { region: REGION, service: signingName, time },
    signingHash,
  )
  return { Method: 'PUT', Path: '/vaults/1', Headers: signed, PayloadHash: sha256(body) }
}

function forward(service: TestService, by: Caller, Request: object): Promise<Reply> {
  return service.send('Keyhold.CreateForwardedSession', JSON.stringify({ Request }), { ...by, service: 'keyhold' })
}

/** Who a call is by that the service makes for a user, found out from the session it was given. */
async function forwarded(service: TestService, { caller, name }: Registered, keys: Keys): Promise<Caller> {
  const reply = await forward(service, caller, asked(service, keys, name.split('.')[0] ?? ''))
  assert.equal(reply.status, 200, JSON.stringify(reply.body))
  return whoSigns(service, reply.body.Credentials as Temporary)
}
