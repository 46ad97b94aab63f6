import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Caller } from '../../../../src/identity/accounts/caller.ts'
import { grantNameTable } from '../../../../src/vault/records/grant-name.ts'
import { retirableTable } from '../../../../src/vault/records/retirable.ts'
import { Changeset } from '../../../../src/vault/records/changeset.ts'
import { addRole, addService, addUser, ALLOW_KMS, rootOf } from '../../../support/identities.ts'
import { type Scene, scene } from '../../../support/scene.ts'
import { ACCOUNT, base64, OTHER_ACCOUNT, type TestService } from '../../../support/service.ts'

const CONTEXT = { 'aws:ebs:id': 'vol-1' }

interface Granted {
  GrantId: string
  GrantToken: string
}

/** {@link scene}, with a user who may do nothing. */
async function withAnn(): Promise<Scene & { ann: Caller }> {
  const at = await scene()
  return { ...at, ann: await addUser(at.service, 'ann') }
}

function grant(service: TestService, by: Caller, input: object): Promise<Granted> {
  return service.ok<Granted>('CreateGrant', input, by)
}

test('a grant lets its grantee do what it names, with the key it is on, and nothing else', async () => {
  await using context = await withAnn()
  const { service, admin, ann, keyId, arn } = context
  const other = await service.createKey({}, admin)
  await service.fault('GenerateDataKey', { KeyId: arn, KeySpec: 'AES_256' }, ann)
  const granted = await grant(service, admin, {
    KeyId: keyId,
    GranteePrincipal: ann.principal.arn,
    Operations: ['GenerateDataKey'],
  })
  assert.match(granted.GrantId, /^[0-9a-f]{64}$/)
  await service.ok('GenerateDataKey', { KeyId: arn, KeySpec: 'AES_256' }, ann)
  for (const [operation, input] of [
    ['Encrypt', { KeyId: arn, Plaintext: base64('x') }],
    ['GenerateDataKey', { KeyId: other.arn, KeySpec: 'AES_256' }],
    ['DescribeKey', { KeyId: arn }],
  ] as const) {
    assert.match(await service.fault(operation, input, ann), /^AccessDeniedException/)
  }
  await service.ok('RevokeGrant', { KeyId: keyId, GrantId: granted.GrantId }, admin)
  assert.match(
    await service.fault('GenerateDataKey', { KeyId: arn, KeySpec: 'AES_256' }, ann),
    /^AccessDeniedException/,
  )
})

test('the story of an encrypted volume: a grant lets only one instance decrypt one volume', async () => {
  await using context = await withAnn()
  const { service, admin, keyId, arn } = context
  const instance = await addRole(service, 'instance', { session: 'i-1' })
  const otherInstance = await addRole(service, 'bystander', { session: 'i-2' })
  const dataKey = { KeyId: arn, NumberOfBytes: 64, EncryptionContext: CONTEXT }
  const { CiphertextBlob } = await service.ok('GenerateDataKeyWithoutPlaintext', dataKey, admin)
  await grant(service, admin, {
    KeyId: keyId,
    GranteePrincipal: instance.principal.arn,
    Operations: ['Decrypt'],
    Constraints: { EncryptionContextSubset: CONTEXT },
  })
  const decrypt = { CiphertextBlob, EncryptionContext: CONTEXT }
  assert.equal(Buffer.from((await service.ok('Decrypt', decrypt, instance)).Plaintext ?? '', 'base64').length, 64)
  assert.match(await service.fault('Decrypt', decrypt, otherInstance), /^AccessDeniedException/)
  const otherSession = {
    ...instance,
    principal: {
      ...instance.principal,
      arn: instance.principal.arn.replace('i-1', 'i-3'),
      principalId: 'AROAINSTANCEAAAAAAAA:i-3',
    },
  }
  assert.match(await service.fault('Decrypt', decrypt, otherSession), /^AccessDeniedException/)
  const otherVolume = { 'aws:ebs:id': 'vol-2' }
  const foreign = await service.ok(
    'GenerateDataKeyWithoutPlaintext',
    { ...dataKey, EncryptionContext: otherVolume },
    admin,
  )
  const attempt = { CiphertextBlob: foreign.CiphertextBlob, EncryptionContext: otherVolume }
  assert.match(await service.fault('Decrypt', attempt, instance), /^AccessDeniedException/)
  assert.match(await service.fault('Decrypt', { CiphertextBlob }, instance), /^AccessDeniedException/)
})

test('until a grant is visible only its token brings it, and only to its grantee', async () => {
  await using context = await withAnn()
  const { service, admin, ann, keyId, arn } = context
  const ben = await addUser(service, 'ben')
  service.services.grantDelayMs = 5000
  const wanted = { KeyId: keyId, GranteePrincipal: ann.principal.arn, Operations: ['GenerateDataKey'] }
  const { GrantToken, GrantId } = await grant(service, admin, wanted)
  const use = { KeyId: arn, KeySpec: 'AES_256' }
  assert.match(await service.fault('GenerateDataKey', use, ann), /^AccessDeniedException/)
  await service.ok('GenerateDataKey', { ...use, GrantTokens: [GrantToken] }, ann)
  assert.match(
    await service.fault('GenerateDataKey', { ...use, GrantTokens: [GrantToken] }, ben),
    /^AccessDeniedException/,
  )
  service.clock.advance(5000)
  await service.ok('GenerateDataKey', use, ann)
  await service.ok('RevokeGrant', { KeyId: keyId, GrantId }, admin)
  assert.match(
    await service.fault('GenerateDataKey', { ...use, GrantTokens: [GrantToken] }, ann),
    /^AccessDeniedException/,
  )
  const forged = Buffer.from(GrantToken, 'base64')
  forged[forged.length - 1]! ^= 1
  for (const token of ['x', 'A'.repeat(64), forged.toString('base64')]) {
    assert.match(
      await service.fault('GenerateDataKey', { ...use, GrantTokens: [token] }, admin),
      /^InvalidGrantTokenException/,
    )
  }
})

test('a request with a name that is repeated makes no second grant, at once or one after the other', async () => {
  await using context = await withAnn()
  const { service, admin, ann, keyId } = context
  const wanted = { KeyId: keyId, GranteePrincipal: ann.principal.arn, Operations: ['Decrypt', 'Encrypt'], Name: 'once' }
  const all = await Promise.all(Array.from({ length: 5 }, () => grant(service, admin, wanted)))
  all.push(await grant(service, admin, { ...wanted, Operations: ['Encrypt', 'Decrypt'] }))
  assert.equal(new Set(all.map(({ GrantId }) => GrantId)).size, 1)
  assert.ok(new Set(all.map(({ GrantToken }) => GrantToken)).size > 1)
  const unlike = await grant(service, admin, { ...wanted, Operations: ['Decrypt'] })
  assert.notEqual(unlike.GrantId, all[0]?.GrantId)
  const { Name: _, ...nameless } = wanted
  assert.notEqual((await grant(service, admin, nameless)).GrantId, (await grant(service, admin, nameless)).GrantId)
})

test('a grant can be retired by its retiring principal, by its grantee if it allows that, and by no other', async () => {
  await using context = await withAnn()
  const { service, admin, ann, keyId, arn } = context
  const [ben, eve] = [await addUser(service, 'ben'), await addUser(service, 'eve')]
  const wanted = {
    KeyId: keyId,
    GranteePrincipal: ann.principal.arn,
    RetiringPrincipal: ben.principal.arn,
    Operations: ['Decrypt'],
  }
  const first = await grant(service, admin, wanted)
  for (const caller of [ann, eve]) {
    assert.match(
      await service.fault('RetireGrant', { KeyId: arn, GrantId: first.GrantId }, caller),
      /^AccessDeniedException/,
    )
  }
  await service.ok('RetireGrant', { KeyId: arn, GrantId: first.GrantId }, ben)
  const second = await grant(service, admin, wanted)
  await service.ok('RetireGrant', { GrantToken: second.GrantToken }, ben)
  const third = await grant(service, admin, { ...wanted, Operations: ['Decrypt', 'RetireGrant'] })
  await service.ok('RetireGrant', { GrantToken: third.GrantToken }, ann)
  const fourth = await grant(service, admin, wanted)
  await service.ok('RetireGrant', { KeyId: arn, GrantId: fourth.GrantId }, rootOf())
  const plain = await grant(service, admin, wanted)
  assert.match(await service.fault('RetireGrant', { KeyId: keyId, GrantId: plain.GrantId }, eve), /^AccessDenied/)
  await service.ok('RetireGrant', { KeyId: keyId, GrantId: plain.GrantId }, ben)
  const { Grants } = await service.ok<{ Grants: unknown[] }>('ListGrants', { KeyId: keyId }, admin)
  assert.deepEqual(Grants, [])
  const fifth = await grant(service, admin, wanted)
  const deny = { Effect: 'Deny', Principal: { AWS: ben.principal.arn }, Action: 'kms:RetireGrant', Resource: '*' }
  await putPolicy(service, admin, keyId, [DELEGATE, deny])
  assert.match(
    await service.fault('RetireGrant', { KeyId: arn, GrantId: fifth.GrantId }, ben),
    /^AccessDeniedException.*explicit deny/,
  )
})

test('grants are listed by key, grantee and retiring principal, in pages', async () => {
  await using context = await withAnn()
  const { service, admin, ann, keyId, arn } = context
  const ben = await addUser(service, 'ben')
  for (const [index, grantee] of [ann, ben, ann].entries()) {
    await grant(service, admin, {
      KeyId: keyId,
      GranteePrincipal: grantee.principal.arn,
      RetiringPrincipal: ben.principal.arn,
      Operations: ['Decrypt'],
      ...(index === 2 && { Name: 'third', Constraints: { EncryptionContextEquals: { a: 'b' } } }),
    })
  }
  const all: Record<string, unknown>[] = []
  let marker: string | undefined
  do {
    const input = { KeyId: keyId, Limit: 1, ...(marker !== undefined && { Marker: marker }) }
    const page = await service.ok<{ Grants: Record<string, unknown>[]; NextMarker?: string }>(
      'ListGrants',
      input,
      admin,
    )
    all.push(...page.Grants)
    marker = page.NextMarker
  } while (marker !== undefined)
  assert.equal(all.length, 3)
  assert.deepEqual(new Set(all.map(({ Name }) => Name)), new Set(['', 'third']))
  assert.ok(
    all.every(({ KeyId, IssuingAccount }) => KeyId === arn && IssuingAccount === `arn:aws:iam::${ACCOUNT}:root`),
  )
  const count = async (
    operation: 'ListGrants' | 'ListRetirableGrants',
    input: object,
    caller = admin,
  ): Promise<number> => (await service.ok<{ Grants: unknown[] }>(operation, input, caller)).Grants.length
  assert.equal(await count('ListGrants', { KeyId: keyId, GranteePrincipal: ann.principal.arn }), 2)
  assert.equal(await count('ListRetirableGrants', { RetiringPrincipal: ben.principal.arn }), 3)
  const stranger = await addUser(service, 'zoe', { accountId: OTHER_ACCOUNT, inline: { all: ALLOW_KMS } })
  assert.match(
    await service.fault('ListRetirableGrants', { RetiringPrincipal: ben.principal.arn }, stranger),
    /^InvalidArnException/,
  )
})

test('a successor of the grantee gets nothing', async () => {
  await using context = await withAnn()
  const { service, admin, ann, keyId, arn } = context
  await grant(service, admin, { KeyId: keyId, GranteePrincipal: ann.principal.arn, Operations: ['GenerateDataKey'] })
  const successor = { ...ann, principal: { ...ann.principal, principalId: 'AIDASUCCESSOR' } }
  assert.match(
    await service.fault('GenerateDataKey', { KeyId: arn, KeySpec: 'AES_256' }, successor),
    /^AccessDeniedException/,
  )
  const absent = { KeyId: keyId, GranteePrincipal: `arn:aws:iam::${ACCOUNT}:user/absent`, Operations: ['Decrypt'] }
  assert.match(
    await service.fault('CreateGrant', absent, admin),
    /^InvalidArnException: ARN does not refer to a valid principal/,
  )
})

test('a service is granted a key on behalf of one resource, and the grant needs a retiring principal', async () => {
  await using context = await withAnn()
  const { service, admin, keyId, arn } = context
  const backup = await addService(service, 'backup.amazonaws.com')
  const sourceArn = `arn:aws:backup:eu-central-1:${ACCOUNT}:vault/1`
  const wanted = { KeyId: keyId, GranteeServicePrincipal: 'backup.amazonaws.com', Operations: ['GenerateDataKey'] }
  assert.match(await service.fault('CreateGrant', wanted, admin), /^ValidationException/)
  await grant(service, admin, {
    ...wanted,
    RetiringServicePrincipal: 'backup.amazonaws.com',
    Constraints: { SourceArn: sourceArn },
  })
  const use = { KeyId: arn, KeySpec: 'AES_256' }
  assert.match(await service.fault('GenerateDataKey', use, backup), /^AccessDeniedException/)
  const session = {
    issuedMs: 0,
    expiresMs: Infinity,
    tags: [],
    transitiveTagKeys: [],
    via: { service: 'backup.amazonaws.com', forwarded: false, sourceArn },
  }
  await service.ok('GenerateDataKey', use, { ...backup, session })
})

test('a dry run makes no grant and ends none', async () => {
  await using context = await withAnn()
  const { service, admin, ann, keyId } = context
  const wanted = { KeyId: keyId, GranteePrincipal: ann.principal.arn, Operations: ['Decrypt'] }
  assert.match(await service.fault('CreateGrant', { ...wanted, DryRun: true }, admin), /^DryRunOperationException/)
  const { GrantId } = await grant(service, admin, wanted)
  assert.match(
    await service.fault('RevokeGrant', { KeyId: keyId, GrantId, DryRun: true }, admin),
    /^DryRunOperationException/,
  )
  const { Grants } = await service.ok<{ Grants: unknown[] }>('ListGrants', { KeyId: keyId }, admin)
  assert.equal(Grants.length, 1)
})

const DELEGATE = { Effect: 'Allow', Principal: { AWS: ACCOUNT }, Action: 'kms:*', Resource: '*' }

async function putPolicy(service: TestService, by: Caller, keyId: string, statements: object[]): Promise<void> {
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: statements })
  await service.ok('PutKeyPolicy', { KeyId: keyId, Policy }, by)
}

for (const end of ['RevokeGrant', 'RetireGrant'] as const) {
  test(`${end} also ends a grant whose listing rows were removed from the database`, async () => {
    await using at = await scene()
    const { service, admin, arn: KeyId } = at
    const { records } = service.services
    const parties = { GranteePrincipal: admin.principal.arn, RetiringPrincipal: admin.principal.arn }
    const { GrantId } = await service.ok(
      'CreateGrant',
      { KeyId, ...parties, Operations: ['Decrypt'], Name: 'n' },
      admin,
    )
    const removed = new Changeset()
    for (const table of [grantNameTable, retirableTable]) {
      for (const row of await records.unread.list<unknown>(table, { limit: 10 })) removed.delete(row)
    }
    assert.ok((await records.commit(removed)).committed)
    await service.ok(end, { KeyId, GrantId }, admin)
    const { Grants } = await service.ok<{ Grants: object[] }>('ListGrants', { KeyId }, admin)
    assert.deepEqual(Grants, [])
  })
}
