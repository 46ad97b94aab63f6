import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Caller } from '../../src/identity/caller.ts'
import type { TableName } from '../../src/storage/store.ts'
import { addUser, ALLOW_KMS, policyOf } from '../support/identities.ts'
import { scene } from '../support/scene.ts'
import { ACCOUNT, type Reply, TestService } from '../support/service.ts'

/** Lets something happen when a request under way first reads a row of this table, before it gets it. */
function onFirstRead(
  of: TableName,
  { services: { store } }: TestService,
  happen: (rowId: string) => Promise<unknown>,
): void {
  const { get } = store
  store.get = async (table, id) => {
    if (table !== of) return get.call(store, table, id)
    store.get = get
    await happen(id)
    return get.call(store, table, id)
  }
}

test('whoever loses the right to put a key policy while his request is under way does not put one over the newer one', async () => {
  await using at = await scene()
  const { service, admin, keyId } = at
  const bob = await addUser(service, 'bob', { inline: { all: ALLOW_KMS } })
  const everybody = { Effect: 'Allow', Principal: { AWS: ACCOUNT }, Action: 'kms:*', Resource: '*' }
  const without = policyOf(everybody, { ...everybody, Effect: 'Deny', Principal: { AWS: bob.principal.arn } })
  const withBob = policyOf(everybody, { ...everybody, Principal: { AWS: bob.principal.arn } })
  onFirstRead('entity_name', service, async () => {
    await service.ok('PutKeyPolicy', { KeyId: keyId, Policy: without }, admin)
    await service.ok('ListKeys', {}, admin) // with any next request, the service knows the newer one
  })
  assert.match(await service.fault('PutKeyPolicy', { KeyId: keyId, Policy: withBob }, bob), /^AccessDenied/)
  assert.equal((await service.ok('GetKeyPolicy', { KeyId: keyId }, admin)).Policy, without)
})

test('what is done to a user is done to the one that was decided about, not to what another made of him meanwhile', async () => {
  await using service = await TestService.open('on')
  const [guard, all] = ['guard', 'all'].map((name) => `arn:aws:iam::${ACCOUNT}:policy/${name}`)
  const PolicyDocument = policyOf({ Effect: 'Allow', Action: 'iam:*', Resource: '*' })
  for (const PolicyName of ['guard', 'all']) await service.iam('CreatePolicy', { PolicyName, PolicyDocument })
  const guarded = { Condition: { ArnEquals: { 'iam:PermissionsBoundary': guard } } }
  const deny = { Effect: 'Deny', Action: 'iam:*', Resource: '*', ...guarded }
  const bob = await addUser(service, 'bob', { attached: [all ?? ''], inline: { deny } })
  await addUser(service, 'carl', { boundary: all ?? '' })
  onFirstRead('managed_policy', service, async () => {
    await service.iam('PutUserPermissionsBoundary', { UserName: 'carl', PermissionsBoundary: guard })
    await service.iam('ListUsers', {}) // with any next request, the service knows of it
  })
  assert.match(await service.iamFault('DeleteUserPermissionsBoundary', { UserName: 'carl' }, bob), /^AccessDenied/)
})

test('a grant that is revoked while a list is being read is left out of it', async () => {
  await using service = await TestService.open('on')
  const admin = await addUser(service, 'admin', { inline: { all: ALLOW_KMS } })
  const { keyId } = await service.createKey({}, admin)
  const parties = { GranteePrincipal: admin.principal.arn, RetiringPrincipal: admin.principal.arn }
  const granted = { KeyId: keyId, Operations: ['Decrypt'], ...parties }
  const made = [await service.ok('CreateGrant', granted, admin), await service.ok('CreateGrant', granted, admin)]
  const ids = made.map(({ GrantId = '' }) => GrantId)
  let revoked = ''
  onFirstRead('grant', service, (rowId) => {
    revoked = ids.find((id) => rowId.endsWith(id)) ?? ''
    return service.ok('RevokeGrant', { KeyId: keyId, GrantId: revoked }, admin)
  })
  const asked = { RetiringPrincipal: admin.principal.arn }
  const { Grants } = await service.ok<{ Grants: { GrantId: string }[] }>('ListRetirableGrants', asked, admin)
  assert.deepEqual(
    Grants.map(({ GrantId }) => GrantId),
    ids.filter((id) => id !== revoked),
  )
  assert.equal(Grants.length, 1)
})

test('a change that others forestall again and again ends, and says so', async () => {
  await using service = await TestService.open()
  const { keyId } = await service.createKey()
  const { store } = service.services
  const { commit } = store
  let attempts = 0
  store.commit = async (change) => {
    if (change.put.every(({ table }) => table !== 'key')) return commit.call(store, change)
    attempts++
    return { committed: false, conflict: { table: 'key', id: keyId, version: 1 } }
  }
  const Description = 'new'
  assert.equal(
    await service.fault('UpdateKeyDescription', { KeyId: keyId, Description }),
    'DependencyTimeoutException: The resource is being changed by too many requests at once.',
  )
  assert.ok(attempts > 1)
  store.commit = commit
  await service.ok('UpdateKeyDescription', { KeyId: keyId, Description })
})

test('whoever hands on a grant that is revoked while his request is under way hands on nothing', async () => {
  await using at = await scene()
  const { service, admin, arn: KeyId } = at
  const [ann, eve] = [await addUser(service, 'ann'), await addUser(service, 'eve')]
  const grant = (to: Caller, Operations: string[], by: Caller): Promise<Reply> =>
    service.call('CreateGrant', { KeyId, GranteePrincipal: to.principal.arn, Operations }, by)
  const grants = async (): Promise<unknown> =>
    (await service.ok<{ Grants: unknown }>('ListGrants', { KeyId }, admin)).Grants
  // One that lets her create grants, and one more that has in it what is handed on.
  const parents = [
    await grant(ann, ['CreateGrant', 'Encrypt'], admin),
    await grant(ann, ['CreateGrant', 'DescribeKey'], admin),
  ]
  onFirstRead('entity_name', service, async () => {
    await service.ok('RevokeGrant', { KeyId, GrantId: parents[1]?.body['GrantId'] }, admin)
  })
  assert.equal((await grant(eve, ['DescribeKey'], ann)).body['__type'], 'AccessDeniedException')
  onFirstRead('entity_name', service, async () => {
    await service.ok('RevokeGrant', { KeyId, GrantId: parents[0]?.body['GrantId'] }, admin)
    assert.deepEqual(await grants(), [])
  })
  const fred = await addUser(service, 'fred')
  assert.equal((await grant(fred, ['Encrypt'], ann)).body['__type'], 'AccessDeniedException')
  assert.deepEqual(await grants(), [])
})
