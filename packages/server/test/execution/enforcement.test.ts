import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Caller } from '../../src/identity/accounts/caller.ts'
import { addRole, addUser, ALLOW_KMS, policyOf, rootOf } from '../support/identities.ts'
import { allow, scene } from '../support/scene.ts'
import { ACCOUNT, base64, OTHER_ACCOUNT } from '../support/service.ts'

/** What the service asks of policies for each kind of operation; how documents are weighed, test/authorization holds. */

const DELEGATE = { Effect: 'Allow', Principal: { AWS: ACCOUNT }, Action: 'kms:*', Resource: '*' }
const DENIED = /^AccessDeniedException/

test('under the default policy a user is allowed what their own policies allow, and all others are denied', async () => {
  await using at = await scene()
  const ann = await addUser(at.service, 'ann', { inline: { encrypt: allow('kms:Encrypt', undefined, at.arn) } })
  const encrypt = { KeyId: at.keyId, Plaintext: base64('x') }
  const { CiphertextBlob } = await at.service.ok('Encrypt', encrypt, ann)
  assert.equal(
    await at.service.fault('Decrypt', { CiphertextBlob }, ann),
    `AccessDeniedException: User: arn:aws:iam::${ACCOUNT}:user/ann is not authorized to perform: kms:Decrypt on resource: ` +
      `${at.arn} because no identity-based policy allows the kms:Decrypt action`,
  )
  await at.service.ok('Encrypt', encrypt, rootOf())
})

test('without delegation the account’s root and its administrators have no access', async () => {
  await using at = await scene()
  const keeper = await addUser(at.service, 'keeper')
  const only = { Effect: 'Allow', Principal: { AWS: keeper.principal.arn }, Action: 'kms:*', Resource: '*' }
  await at.service.ok(
    'PutKeyPolicy',
    { KeyId: at.keyId, Policy: policyOf(only), BypassPolicyLockoutSafetyCheck: true },
    at.admin,
  )
  for (const caller of [at.admin, rootOf()]) {
    assert.match(
      await at.service.fault('DescribeKey', { KeyId: at.keyId }, caller),
      /no resource-based policy allows the kms:DescribeKey action/,
    )
  }
  await at.service.ok('DescribeKey', { KeyId: at.keyId }, keeper)
})

test('a new policy must leave its maker able to change it again, and name principals that there are', async () => {
  await using at = await scene()
  const put = (statements: object[], more: object = {}): Promise<string> =>
    at.service.fault('PutKeyPolicy', { KeyId: at.keyId, Policy: policyOf(...statements), ...more }, at.admin)
  const readers = { Effect: 'Allow', Principal: { AWS: ACCOUNT }, Action: 'kms:Describe*', Resource: '*' }
  assert.equal(
    await put([readers]),
    'MalformedPolicyDocumentException: The new key policy will not allow you to update the key policy in the future.',
  )
  const stranger = { ...DELEGATE, Principal: { AWS: `arn:aws:iam::${ACCOUNT}:user/unprivileged` } }
  assert.equal(
    await put([DELEGATE, stranger]),
    'MalformedPolicyDocumentException: Policy contains a statement with one or more invalid principals.',
  )
  assert.match(
    await put([{ ...DELEGATE, Effect: 'Maybe' }]),
    /^MalformedPolicyDocumentException: .*\$\.Statement\[0\]\.Effect/,
  )
  const loose = { ...DELEGATE, Condition: { 'ForAllValues:StringEquals': { 'kms:EncryptionContext:a': 'b' } } }
  assert.match(await put([DELEGATE, loose]), /^MalformedPolicyDocumentException: OverlyPermissiveCondition/)
  await at.service.ok(
    'PutKeyPolicy',
    { KeyId: at.keyId, Policy: policyOf(readers), BypassPolicyLockoutSafetyCheck: true },
    at.admin,
  )
  assert.match(
    await at.service.fault('CreateKey', { Policy: policyOf(readers) }, at.admin),
    /^MalformedPolicyDocumentException/,
  )
})

test('the text of a policy is returned as it was put', async () => {
  await using at = await scene()
  const text = `  ${policyOf(DELEGATE).replace('"kms:*"', '[ "kms:*" ]')}\n`
  await at.service.ok('PutKeyPolicy', { KeyId: at.keyId, Policy: text }, at.admin)
  assert.equal((await at.service.ok('GetKeyPolicy', { KeyId: at.keyId }, at.admin)).Policy, text)
})

test('a key policy that names a user keeps meaning this user, not a later user of that name', async () => {
  await using at = await scene()
  const ann = await addUser(at.service, 'ann')
  const forAnn = { Effect: 'Allow', Principal: { AWS: ann.principal.arn }, Action: 'kms:Encrypt', Resource: '*' }
  await at.service.ok('PutKeyPolicy', { KeyId: at.keyId, Policy: policyOf(DELEGATE, forAnn) }, at.admin)
  const encrypt = { KeyId: at.keyId, Plaintext: base64('x') }
  await at.service.ok('Encrypt', encrypt, ann)
  const successor = { ...ann, principal: { ...ann.principal, principalId: 'AIDASUCCESSOR' } }
  assert.match(await at.service.fault('Encrypt', encrypt, successor), DENIED)
})

test('ReEncrypt needs its permission on each key, under the context of each side', async () => {
  await using at = await scene()
  const other = await at.service.createKey({}, at.admin)
  const from = allow('kms:ReEncryptFrom', { StringEquals: { 'kms:EncryptionContext:side': 'source' } }, at.arn)
  const to = allow('kms:ReEncryptTo', { StringEquals: { 'kms:EncryptionContext:side': 'destination' } }, other.arn)
  const both = await addUser(at.service, 'both', { inline: { from, to } })
  const half = await addUser(at.service, 'half', { inline: { from } })
  const { CiphertextBlob } = await at.service.ok(
    'Encrypt',
    { KeyId: at.keyId, Plaintext: base64('x'), EncryptionContext: { side: 'source' } },
    at.admin,
  )
  const move = {
    CiphertextBlob,
    SourceEncryptionContext: { side: 'source' },
    DestinationKeyId: other.arn,
    DestinationEncryptionContext: { side: 'destination' },
  }
  await at.service.ok('ReEncrypt', move, both)
  assert.match(await at.service.fault('ReEncrypt', move, half), /kms:ReEncryptTo/)
  assert.match(
    await at.service.fault('ReEncrypt', { ...move, DestinationEncryptionContext: { side: 'source' } }, both),
    /kms:ReEncryptTo/,
  )
})

test('ReEncrypt tells policies whether it stays on one key, whatever names it is called by', async () => {
  await using at = await scene()
  await at.service.ok('CreateAlias', { AliasName: 'alias/same', TargetKeyId: at.keyId }, at.admin)
  const other = await at.service.createKey({}, at.admin)
  const same = { Bool: { 'kms:ReEncryptOnSameKey': 'true' } }
  const ann = await addUser(at.service, 'ann', { inline: { same: allow('kms:ReEncrypt*', same) } })
  const { CiphertextBlob } = await at.service.ok('Encrypt', { KeyId: at.keyId, Plaintext: base64('x') }, at.admin)
  await at.service.ok('ReEncrypt', { CiphertextBlob, DestinationKeyId: 'alias/same' }, ann)
  assert.match(await at.service.fault('ReEncrypt', { CiphertextBlob, DestinationKeyId: other.arn }, ann), DENIED)
})

test('alias operations need permission on the alias and on each key involved', async () => {
  await using at = await scene()
  const other = await at.service.createKey({}, at.admin)
  const aliasArn = at.arn.replace(/key\/.*/, 'alias/app')
  const on = (...resources: string[]): object => allow('kms:*Alias', undefined, resources)
  const [aliasOnly, keyOnly, one, all] = [
    await addUser(at.service, 'alias-only', { inline: { a: on(aliasArn) } }),
    await addUser(at.service, 'key-only', { inline: { a: on(at.arn, other.arn) } }),
    await addUser(at.service, 'one', { inline: { a: on(aliasArn, at.arn) } }),
    await addUser(at.service, 'all', { inline: { a: on(aliasArn, at.arn, other.arn) } }),
  ]
  const create = { AliasName: 'alias/app', TargetKeyId: at.keyId }
  for (const caller of [aliasOnly, keyOnly]) assert.match(await at.service.fault('CreateAlias', create, caller), DENIED)
  await at.service.ok('CreateAlias', create, one)
  const move = { AliasName: 'alias/app', TargetKeyId: other.keyId }
  for (const caller of [aliasOnly, keyOnly, one])
    assert.match(await at.service.fault('UpdateAlias', move, caller), DENIED)
  await at.service.ok('UpdateAlias', move, all)
  assert.match(await at.service.fault('DeleteAlias', { AliasName: 'alias/app' }, one), DENIED)
  await at.service.ok('DeleteAlias', { AliasName: 'alias/app' }, all)
})

test('operations without a key are for identity policies alone; tags at creation need their own permission', async () => {
  await using at = await scene()
  const maker = await addUser(at.service, 'maker', { inline: { a: allow(['kms:CreateKey', 'kms:ListKeys']) } })
  await at.service.ok('CreateKey', {}, maker)
  await at.service.ok('ListKeys', {}, maker)
  const tagged = { Tags: [{ TagKey: 'team', TagValue: 'blue' }] }
  assert.match(await at.service.fault('CreateKey', tagged, maker), /kms:TagResource/)
  assert.match(
    await at.service.fault('GenerateRandom', { NumberOfBytes: 1 }, maker),
    /kms:GenerateRandom on resource: \*/,
  )
  const blue = {
    StringEquals: { 'aws:RequestTag/team': 'blue' },
    'ForAllValues:StringEquals': { 'aws:TagKeys': ['team'] },
  }
  const tagger = await addUser(at.service, 'tagger', {
    inline: { a: allow(['kms:CreateKey', 'kms:TagResource'], blue) },
  })
  await at.service.ok('CreateKey', tagged, tagger)
  assert.match(await at.service.fault('CreateKey', { Tags: [{ TagKey: 'team', TagValue: 'red' }] }, tagger), DENIED)
})

test('another account needs the key’s policy and its own', async () => {
  const forOther = { Effect: 'Allow', Principal: { AWS: OTHER_ACCOUNT }, Action: 'kms:Encrypt', Resource: '*' }
  await using at = await scene([DELEGATE, forOther])
  const accountId = OTHER_ACCOUNT
  const bob = await addUser(at.service, 'bob', { accountId, inline: { all: ALLOW_KMS } })
  const carl = await addUser(at.service, 'carl', { accountId })
  const encrypt = { KeyId: at.arn, Plaintext: base64('x') }
  await at.service.ok('Encrypt', encrypt, bob)
  await at.service.ok('Encrypt', encrypt, rootOf(accountId))
  assert.match(await at.service.fault('Encrypt', encrypt, carl), /this resource because the resource does not exist/)
  assert.match(
    await at.service.fault('DescribeKey', { KeyId: at.arn }, bob),
    /this resource because the resource does not exist/,
  )
})

test('whether a key exists is told only to who may ask', async () => {
  await using at = await scene()
  const unprivileged = await addUser(at.service, 'unprivileged')
  const missing = at.arn.replace(at.keyId, '0c1b3a52-6c3a-4a7e-9d5e-0123456789ab')
  assert.match(await at.service.fault('DescribeKey', { KeyId: missing }, unprivileged), DENIED)
  assert.match(await at.service.fault('DescribeKey', { KeyId: missing }, at.admin), /^NotFoundException/)
  await at.service.ok('DisableKey', { KeyId: at.keyId }, at.admin)
  const encrypt = { KeyId: at.keyId, Plaintext: base64('x') }
  assert.match(await at.service.fault('Encrypt', encrypt, unprivileged), DENIED)
  assert.match(await at.service.fault('Encrypt', encrypt, at.admin), /^DisabledException/)
  assert.match(
    await at.service.fault('DescribeKey', { KeyId: 'no-key-id' }, unprivileged),
    /^NotFoundException: Invalid keyId/,
  )
})

test('a permissions boundary and session policies limit what is delegated', async () => {
  await using at = await scene()
  const limits = policyOf(allow('kms:Encrypt'))
  const worker = await addRole(at.service, 'worker', { inline: { all: ALLOW_KMS } })
  const session = { issuedMs: 0, expiresMs: Infinity, tags: [], transitiveTagKeys: [], policies: [limits] }
  const limited = { ...worker, session }
  const encrypt = { KeyId: at.keyId, Plaintext: base64('x') }
  await at.service.ok('Encrypt', encrypt, limited)
  assert.match(await at.service.fault('DescribeKey', { KeyId: at.keyId }, limited), /no session policy allows/)
  await at.service.ok('DescribeKey', { KeyId: at.keyId }, worker)
})

test('sessions that were made before a time can be refused', async () => {
  await using at = await scene()
  const worker = await addRole(at.service, 'worker', {
    inline: {
      all: ALLOW_KMS,
      revoke: {
        Effect: 'Deny',
        Action: '*',
        Resource: '*',
        Condition: { DateLessThan: { 'aws:TokenIssueTime': '2026-01-01T00:00:00Z' } },
      },
    },
  })
  const made = (issuedMs: number): Caller => ({
    ...worker,
    session: { issuedMs, expiresMs: Infinity, tags: [], transitiveTagKeys: [] },
  })
  const list = ['ListKeys', {}] as const
  await at.service.ok(...list, made(Date.UTC(2026, 0, 1)))
  assert.match(
    await at.service.fault(...list, made(Date.UTC(2025, 11, 31))),
    /explicit deny in an identity-based policy/,
  )
})

test('a caller that is deleted during the request has no permissions', async () => {
  await using at = await scene()
  const ghost = { ...at.admin, identityId: 'AIDAGHOST' }
  assert.match(await at.service.fault('ListKeys', {}, ghost), /^UnrecognizedClientException/)
})
