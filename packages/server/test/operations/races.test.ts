import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addUser, ALLOW_KMS, policyOf } from '../support/identities.ts'
import { scene } from '../support/scene.ts'
import { ACCOUNT, type TestService } from '../support/service.ts'

/** Lets something happen while a request that has been decided looks up whom its policy names. */
function onceNamesAreRead({ services: { store } }: TestService, happen: () => Promise<unknown>): void {
  const { get } = store
  store.get = async (table, id) => {
    if (table !== 'entity_name') return get.call(store, table, id)
    store.get = get
    await happen()
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
  onceNamesAreRead(service, async () => {
    await service.ok('PutKeyPolicy', { KeyId: keyId, Policy: without }, admin)
    await service.ok('ListKeys', {}, admin) // with any next request, the service knows the newer one
  })
  assert.match(await service.fault('PutKeyPolicy', { KeyId: keyId, Policy: withBob }, bob), /^AccessDenied/)
  assert.equal((await service.ok('GetKeyPolicy', { KeyId: keyId }, admin)).Policy, without)
})
