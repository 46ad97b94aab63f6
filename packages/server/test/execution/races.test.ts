import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Directory } from '../../src/identity/directory/directory.ts'
import { systemRandom } from '../../src/crypto/random.ts'
import type { Caller } from '../../src/identity/accounts/caller.ts'
import type { ServiceRecord } from '../../src/vault/records/principal.ts'
import { Writers } from '../../src/execution/writers.ts'
import { servicesOf } from '../../src/host/assembly/services.ts'
import type { TableName } from '../../src/vault/storage/table-name.ts'
import { lastRecord } from '../admin/access/support/access.ts'
import { addService, addUser, ALLOW_KMS, policyOf } from '../support/identities.ts'
import { change } from '../support/policies.ts'
import { scene } from '../support/scene.ts'
import { ACCOUNT, type Reply, rootOf, TestService } from '../support/service.ts'

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

test('a caller that loses the permission to put a key policy during the request does not overwrite the newer one', async () => {
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

test('a change applies to the user that was authorized, not to what another request made of it meanwhile', async () => {
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

test('a caller that is renamed during a request gets nothing of the new owner of the name', async () => {
  await using service = await TestService.open('on')
  const own = { Effect: 'Allow', Action: 'iam:*AccessKey*', Resource: `arn:aws:iam::${ACCOUNT}:user/\${aws:username}` }
  const bob = await addUser(service, 'bob', { inline: { own } })
  onFirstRead('entity_name', service, async () => {
    await service.iam('UpdateUser', { UserName: 'bob', NewUserName: 'bobby' })
    await service.iam('CreateUser', { UserName: 'bob' })
    await service.iam('ListUsers', {}) // with any next request, the service knows of both
  })
  const { AccessKey } = await service.iam<{ AccessKey: { UserName: string } }>('CreateAccessKey', {}, bob)
  assert.equal(AccessKey.UserName, 'bobby')
  const { userName, arn } = (await lastRecord(service)).caller ?? {}
  assert.deepEqual([userName, arn], ['bobby', `arn:aws:iam::${ACCOUNT}:user/bobby`])
  assert.match(
    await service.iamFault('DeleteAccessKey', { UserName: 'bob', AccessKeyId: 'AKIAAAAAAAAAAAAAAAAA' }, bob),
    /^AccessDenied/,
  )
})

test('an access key is not changed by a right that the tags of its user took away in another process', async () => {
  const guarded = { StringEquals: { 'aws:ResourceTag/guarded': 'yes' } }
  const rights = [
    { Effect: 'Allow', Action: 'iam:*', Resource: '*' },
    { Effect: 'Deny', Action: 'iam:*AccessKey', Resource: '*', Condition: guarded },
  ]
  for (const change of [['UpdateAccessKey', { Status: 'Active' }] as const, ['DeleteAccessKey', {}] as const]) {
    await using service = await TestService.open('on')
    const bob = await addUser(service, 'bob', { inline: Object.fromEntries(rights.entries()) })
    await service.iam('CreateUser', { UserName: 'carl' })
    const { AccessKey } = await service.iam<{ AccessKey: { AccessKeyId: string } }>('CreateAccessKey', {
      UserName: 'carl',
    })
    const { store } = service.services
    const other = servicesOf({ ...service.engine, directory: new Directory(service.engine) }, { enforcement: 'on' })
    const { commit } = store
    store.commit = async (changes) => {
      store.commit = commit
      await service.iamOn(other, 'TagUser', { UserName: 'carl', Tags: [{ Key: 'guarded', Value: 'yes' }] })
      return commit.call(store, changes)
    }
    const input = { UserName: 'carl', AccessKeyId: AccessKey.AccessKeyId, ...change[1] }
    assert.match(await service.iamFault(change[0], input, bob), /^AccessDenied/)
  }
})

test('a grant is not ended by a right that the tags of its key took away', async () => {
  await using service = await TestService.open('on')
  const Condition = { Null: { 'aws:ResourceTag/guarded': 'false' } }
  const deny = { Effect: 'Deny', Action: 'kms:*', Resource: '*', Condition }
  const bob = await addUser(service, 'bob', { inline: { all: ALLOW_KMS, deny } })
  const { store } = service.services
  const { commit } = store
  for (const operation of ['RevokeGrant', 'RetireGrant'] as const) {
    const { arn: KeyId } = await service.createKey({}, rootOf(ACCOUNT))
    const parties = { GranteePrincipal: bob.principal.arn, RetiringPrincipal: bob.principal.arn }
    const { GrantId } = await service.ok('CreateGrant', { KeyId, ...parties, Operations: ['Decrypt'] }, rootOf(ACCOUNT))
    store.commit = async (change) => {
      store.commit = commit
      await service.ok('TagResource', { KeyId, Tags: [{ TagKey: 'guarded', TagValue: '' }] }, rootOf(ACCOUNT))
      return commit.call(store, change)
    }
    assert.match(await service.fault(operation, { KeyId, GrantId }, bob), /^AccessDenied/)
  }
})

test('the record of a request that starts over has nothing of what was decided before', async () => {
  await using service = await TestService.open('on')
  const bob = await addUser(service, 'bob', { inline: { all: { Effect: 'Allow', Action: 'iam:*', Resource: '*' } } })
  const { store } = service.services
  const { commit } = store
  store.commit = async (changes) => {
    store.commit = commit
    await service.iam('DeleteUserPolicy', { UserName: 'bob', PolicyName: 'all' })
    await service.iam('DeleteUser', { UserName: 'bob' })
    return commit.call(store, changes)
  }
  assert.match(await service.iamFault('CreateGroup', { GroupName: 'devs' }, bob), /^InvalidClientTokenId/)
  const { operation, error, decision } = await lastRecord(service)
  assert.deepEqual([operation, error?.code, decision], ['CreateGroup', 'InvalidClientTokenId', undefined])
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
  service.services.writers = new Writers({ random: systemRandom, wait: () => Promise.resolve() })
  store.commit = async (change) => {
    if (change.put.every(({ table }) => table !== 'key')) return commit.call(store, change)
    attempts++
    return { committed: false, conflict: { table: 'key', id: keyId, version: 1 } }
  }
  const Description = 'new'
  assert.equal(
    await service.fault('UpdateKeyDescription', { KeyId: keyId, Description }),
    'DependencyTimeoutException: Too many requests are changing the resource at once.',
  )
  assert.ok(attempts > 1)
  store.commit = commit
  await service.ok('UpdateKeyDescription', { KeyId: keyId, Description })
})

test('a caller cannot delegate a grant that is revoked during the request', async () => {
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

describe('a caller that loses its permission during a request changes nothing', () => {
  const DENY = policyOf({ Effect: 'Deny', Action: '*', Resource: '*' })
  const policyArn = (name: string): string => `arn:aws:iam::${ACCOUNT}:policy/${name}`
  const named = { PolicyName: 'no', PolicyDocument: DENY }
  const losses: Record<string, (service: TestService) => Promise<unknown>> = {
    'by the user’s own policy': (service) => service.iam('PutUserPolicy', { UserName: 'bob', ...named }),
    'by a policy of the group': (service) => service.iam('PutGroupPolicy', { GroupName: 'devs', ...named }),
    'as the group loses a policy': (service) =>
      service.iam('DetachGroupPolicy', { GroupName: 'devs', PolicyArn: policyArn('use') }),
    'by another version of a managed policy': (service) => {
      const version = { PolicyArn: policyArn('use'), PolicyDocument: DENY, SetAsDefault: true }
      return service.iam('CreatePolicyVersion', version)
    },
    'by another version of the boundary': (service) => {
      const version = { PolicyArn: policyArn('bounds'), PolicyDocument: DENY, SetAsDefault: true }
      return service.iam('CreatePolicyVersion', version)
    },
    'as the user gets another boundary': (service) =>
      service.iam('PutUserPermissionsBoundary', { UserName: 'bob', PermissionsBoundary: policyArn('nothing') }),
  }
  for (const [how, lose] of Object.entries(losses)) {
    test(how, async () => {
      await using service = await TestService.open('on')
      const all = policyOf({ Effect: 'Allow', Action: '*', Resource: '*' })
      for (const PolicyName of ['use', 'bounds']) await service.iam('CreatePolicy', { PolicyName, PolicyDocument: all })
      await service.iam('CreatePolicy', { PolicyName: 'nothing', PolicyDocument: DENY })
      const bob = { ...(await service.user('bob')), service: 'kms' }
      await service.iam('CreateGroup', { GroupName: 'devs' })
      await service.iam('AddUserToGroup', { UserName: 'bob', GroupName: 'devs' })
      await service.iam('AttachGroupPolicy', { GroupName: 'devs', PolicyArn: policyArn('use') })
      const bounds = { UserName: 'bob', PermissionsBoundary: policyArn('bounds') }
      await service.iam('PutUserPermissionsBoundary', bounds)
      const eve = await addUser(service, 'eve')
      const { arn: KeyId } = await service.createKey({}, rootOf(ACCOUNT))
      onFirstRead('entity_name', service, () => lose(service))
      const grant = { KeyId, GranteePrincipal: eve.principal.arn, Operations: ['DescribeKey'] }
      assert.match(await service.fault('CreateGrant', grant, bob), /^AccessDeniedException/)
    })
  }

  test('as the access key is deactivated', async () => {
    await using service = await TestService.open('on')
    const bob = await addUser(service, 'bob', { inline: { all: ALLOW_KMS } })
    const eve = await addUser(service, 'eve')
    const { arn: KeyId } = await service.createKey({}, rootOf(ACCOUNT))
    const { AccessKey } = await service.iam<{ AccessKey: { AccessKeyId: string } }>('CreateAccessKey', {
      UserName: 'bob',
    })
    const { AccessKeyId } = AccessKey
    onFirstRead('entity_name', service, () =>
      service.iam('UpdateAccessKey', { UserName: 'bob', AccessKeyId, Status: 'Inactive' }),
    )
    const grant = { KeyId, GranteePrincipal: eve.principal.arn, Operations: ['DescribeKey'] }
    const fault = await service.fault('CreateGrant', grant, { ...bob, accessKeyId: AccessKeyId })
    assert.match(fault, /^UnrecognizedClientException/)
  })

  test('as the operator disables the service that acts for the user', async () => {
    await using service = await TestService.open('on')
    const bob = await addUser(service, 'bob', { inline: { all: ALLOW_KMS } })
    const eve = await addUser(service, 'eve')
    const name = 'backup.example.internal'
    await addService(service, name)
    const { arn: KeyId } = await service.createKey({}, rootOf(ACCOUNT))
    onFirstRead('entity_name', service, () =>
      change<ServiceRecord>(service, 'principal', name, (record) => ({ ...record, disabled: true })),
    )
    const times = { issuedMs: service.clock.now(), expiresMs: Infinity }
    const session = { ...times, tags: [], transitiveTagKeys: [], via: { service: name, forwarded: true } }
    const grant = { KeyId, GranteePrincipal: eve.principal.arn, Operations: ['DescribeKey'] }
    assert.match(await service.fault('CreateGrant', grant, { ...bob, session }), /^UnrecognizedClientException/)
  })
})
