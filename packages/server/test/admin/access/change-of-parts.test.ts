import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { OperationName } from '@keyhold/protocol'
import { explainRequest } from '../../../src/admin/access/explain-request.ts'
import type { Caller } from '../../../src/identity/accounts/caller.ts'
import { addManagedPolicy, addUser, ALLOW_KMS, policyOf, rootOf } from '../../support/identities.ts'
import { applyCall, removePrincipal } from '../../support/policies.ts'
import { ACCOUNT, base64, OTHER_ACCOUNT, TestService } from '../../support/service.ts'
import { contextOf, lastRecord } from './support/access.ts'

const DELEGATE = { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` }, Action: 'kms:*', Resource: '*' }

type Report = Awaited<ReturnType<typeof explainRequest>>

/** A request with more than one denied part. */
interface Situation {
  name: string
  arrange(service: TestService): Promise<{ caller: Caller; operation: OperationName; input: object }>
}

const SITUATIONS: readonly Situation[] = [
  {
    name: 'ReEncrypt from one key to another',
    arrange: async (service) => reEncrypt(service, await addUser(service, 'ann')),
  },
  {
    name: 'ReEncrypt under a permissions boundary that allows neither part',
    async arrange(service) {
      const boundary = await addManagedPolicy(service, 'edge', { ...ALLOW_KMS, Action: 'kms:ListKeys' })
      return reEncrypt(service, await addUser(service, 'ann', { boundary, inline: { all: ALLOW_KMS } }))
    },
  },
  {
    name: 'ReEncrypt under one deny of both parts, in two contexts',
    async arrange(service) {
      const deny = { Effect: 'Deny', Action: 'kms:ReEncrypt*', Resource: '*' }
      return reEncrypt(service, await addUser(service, 'ann', { inline: { all: ALLOW_KMS, limits: deny } }))
    },
  },
  {
    name: 'ReEncrypt with one key under a deny of both parts in its policy',
    async arrange(service) {
      const caller = await addUser(service, 'ann', { inline: { all: ALLOW_KMS } })
      const deny = { Effect: 'Deny', Principal: '*', Action: 'kms:ReEncrypt*', Resource: '*' }
      return reEncrypt(service, caller, policyOf(DELEGATE, deny), 'the same key')
    },
  },
  {
    name: 'CreateKey with tags',
    async arrange(service) {
      const input = { Tags: [{ TagKey: 'team', TagValue: 'red' }] }
      return { caller: await addUser(service, 'ann'), operation: 'CreateKey', input }
    },
  },
  {
    name: 'CreateAlias',
    async arrange(service) {
      const { keyId } = await service.createKey({}, rootOf())
      const input = { AliasName: 'alias/ledger', TargetKeyId: keyId }
      return { caller: await addUser(service, 'ann'), operation: 'CreateAlias', input }
    },
  },
]

for (const { name, arrange } of SITUATIONS) {
  test(`the proposal allows every part of a denied request: ${name}`, async () => {
    await using service = await TestService.open('on')
    const { caller, operation, input } = await arrange(service)
    assert.match(await service.fault(operation, input, caller), /^AccessDeniedException/)
    const { alsoDenied, calls } = await explainLast(service)
    assert.equal(alsoDenied?.length, 1)
    for (const call of calls) await applyCall(service, call)
    await service.ok(operation, input, caller)
  })
}

test('a request with one part that is now allowed and another that is denied is explained as denied', async () => {
  await using service = await TestService.open('on')
  const { caller, operation, input } = await reEncrypt(service, await addUser(service, 'ann'))
  await service.fault(operation, input, caller)
  const { requestId } = await lastRecord(service)
  const { calls } = await explainRequest(requestId, contextOf(service))
  const [first] = calls
  assert.ok(first)
  await applyCall(service, first)
  const { now } = await explainRequest(requestId, contextOf(service))
  assert.equal(now?.decision.allowed, false)
  assert.equal(now.action, 'kms:ReEncryptTo')
})

test('nothing is proposed for one part of a request if no change can allow another part', async () => {
  await using service = await TestService.open('on')
  const caller = await addUser(service, 'eve', { accountId: OTHER_ACCOUNT })
  const { arn } = await service.createKey({}, rootOf())
  await service.fault('CreateAlias', { AliasName: 'alias/theirs', TargetKeyId: arn }, caller)
  const { now, alsoDenied, calls } = await explainLast(service)
  assert.deepEqual(
    [now, ...(alsoDenied ?? [])].map((one) => one?.change === undefined),
    [false, true],
  )
  assert.deepEqual(calls, [])
})

test('nothing is proposed if no policy and no other grant can allow a grant to be retired', async () => {
  await using service = await TestService.open('on')
  const { arn: KeyId } = await service.createKey({}, rootOf())
  const wanted = { accountId: OTHER_ACCOUNT, inline: { all: ALLOW_KMS } }
  const [grantee, stranger] = [await addUser(service, 'ann', wanted), await addUser(service, 'eve', wanted)]
  const grant = { KeyId, GranteePrincipal: grantee.principal.arn, Operations: ['DescribeKey'] }
  const { GrantToken } = await service.ok('CreateGrant', grant, rootOf())
  for (const caller of [grantee, stranger]) {
    assert.match(await service.fault('RetireGrant', { GrantToken }, caller), /^AccessDeniedException/)
    const { now, calls } = await explainLast(service)
    assert.equal(now?.decision.reason, 'no-resource-allow')
    assert.equal(now.change, undefined)
    assert.deepEqual(calls, [])
  }
})

test('the proposal for a condition on aliases allows a key that has none', async () => {
  await using service = await TestService.open('on')
  const Condition = { 'ForAnyValue:StringLike': { 'kms:ResourceAliases': 'alias/app*' } }
  const named = { Effect: 'Allow', Action: 'kms:DescribeKey', Resource: '*', Condition }
  const ann = await addUser(service, 'ann', { inline: { named } })
  const { arn: KeyId, keyId } = await service.createKey({}, rootOf())
  await service.fault('DescribeKey', { KeyId }, ann)
  for (const call of (await explainLast(service)).calls) await applyCall(service, call)
  await service.ok('DescribeKey', { KeyId }, ann)
  await service.ok('CreateAlias', { AliasName: 'alias/other', TargetKeyId: keyId }, rootOf())
  await service.fault('DescribeKey', { KeyId }, ann)
})

test('the proposal can be put although the key policy names a deleted principal', async () => {
  await using service = await TestService.open('on')
  const [gone, ann] = [await addUser(service, 'gone'), await addUser(service, 'ann')]
  const administer = { ...DELEGATE, Action: ['kms:PutKeyPolicy', 'kms:GetKeyPolicy'] }
  const use = { ...DELEGATE, Principal: { AWS: gone.principal.arn } }
  const { arn: KeyId } = await service.createKey({ Policy: policyOf(administer, use) }, rootOf())
  await removePrincipal(service, gone.principal.principalId)
  await service.fault('DescribeKey', { KeyId }, ann)
  for (const call of (await explainLast(service)).calls) await applyCall(service, call)
  await service.ok('DescribeKey', { KeyId }, ann)
})

async function explainLast(service: TestService): Promise<Report> {
  return explainRequest((await lastRecord(service)).requestId, contextOf(service))
}

async function reEncrypt(
  service: TestService,
  caller: Caller,
  Policy?: string,
  to: 'the same key' | 'another key' = 'another key',
): Promise<{ caller: Caller; operation: OperationName; input: object }> {
  const { arn: source } = await service.createKey({ ...(Policy !== undefined && { Policy }) }, rootOf())
  const DestinationKeyId = to === 'the same key' ? source : (await service.createKey({}, rootOf())).arn
  const [SourceEncryptionContext, DestinationEncryptionContext] = [{ tenant: 'acme' }, { tenant: 'umbrella' }]
  const sealed = { KeyId: source, Plaintext: base64('text'), EncryptionContext: SourceEncryptionContext }
  const { CiphertextBlob } = await service.ok('Encrypt', sealed, rootOf())
  const contexts = { SourceEncryptionContext, DestinationEncryptionContext }
  return { caller, operation: 'ReEncrypt', input: { CiphertextBlob, DestinationKeyId, ...contexts } }
}
