import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createAccessKey } from '../../../src/admin/operator/access-keys.ts'
import { endTransitions } from '../../../src/jobs/transitions.ts'
import { silentLogger } from '../../support/silent-logger.ts'
import { importFault, importInto } from '../../support/import.ts'
import {
  administrator,
  approve,
  keyhold,
  putRule,
  type QuorumScene,
  quorumScene,
  saidOf,
  waiting,
} from './quorum-fixture.ts'

const PRODUCTION = [{ TagKey: 'env', TagValue: 'production' }]

test('a replica with a key policy of its own needs the quorum for policies', async () => {
  await using scene = await quorumScene({ Protects: ['POLICY'] })
  const { service, requester } = scene
  const { keyId } = await service.createKey({ MultiRegion: true }, requester)
  const replicate = (region = 'us-east-1'): Promise<string> =>
    service.call('ReplicateKey', { KeyId: keyId, ReplicaRegion: region }, requester).then(saidOf)
  await approve(scene, waiting(await replicate()), scene.ann, scene.bob)
  assert.match(await replicate('eu-west-1'), /and 0 approved/)
  assert.equal(await replicate(), 'done')
})

test('the tags of one key protect the related keys of other Regions', async () => {
  await using scene = await quorumScene({ KeyArns: [], KeyTags: PRODUCTION, Protects: ['POLICY'] })
  const { service, requester } = scene
  const { keyId } = await service.createKey({ MultiRegion: true }, requester)
  await service.ok('ReplicateKey', { KeyId: keyId, ReplicaRegion: 'us-east-1' }, requester)
  await endTransitions(service.services)
  await service.ok('TagResource', { KeyId: keyId, Tags: PRODUCTION }, requester)
  const replica = { ...requester, region: 'us-east-1' }
  const { Policy } = await service.ok('GetKeyPolicy', { KeyId: keyId }, replica)
  waiting(saidOf(await service.call('PutKeyPolicy', { KeyId: keyId, Policy }, replica)))
})

test('to import what is there again, with an end, needs the quorum for destruction', async () => {
  await using scene = await quorumScene({ Protects: ['DESTRUCTION'] })
  const { service, requester } = scene
  const { keyId } = await service.createKey({ Origin: 'EXTERNAL' }, requester)
  const material = Buffer.alloc(32, 7)
  const soon = { ExpirationModel: 'KEY_MATERIAL_EXPIRES', ValidTo: service.clock.now() / 1000 + 3600 }
  await importInto(service, keyId, material, soon, requester)
  await importInto(service, keyId, material, {}, requester)
  const again = (change: object = {}): Promise<string> =>
    importFault(service, keyId, material, { ...soon, ...change }, requester)
  const id = waiting(await again())
  assert.notEqual(waiting(await again({ ValidTo: soon.ValidTo - 60 })), id)
  await approve(scene, id, scene.ann, scene.bob)
  await importInto(service, keyId, material, soon, requester)
})

/** What is approved about a user, by a name that is another user's when it is repeated. */
const BY_NAME: Record<string, (scene: QuorumScene) => Promise<string>> = {
  'an approver of a rule': (scene) =>
    putRule(
      scene,
      {
        Approvers: [scene.ann, scene.bob, { principal: { arn: doraOf(scene) } }].map(({ principal }) => principal.arn),
      },
      scene.cid,
    ).then(saidOf),
  'a user in a key policy': async ({ service, keyId, requester, ...scene }) => {
    const { Policy = '' } = await service.ok('GetKeyPolicy', { KeyId: keyId }, requester)
    const parsed = JSON.parse(Policy) as { Statement: object[] }
    const Principal = { AWS: doraOf(scene) }
    const Statement = [...parsed.Statement, { Effect: 'Allow', Principal, Action: 'kms:Decrypt', Resource: '*' }]
    const put = { KeyId: keyId, Policy: JSON.stringify({ ...parsed, Statement }) }
    return saidOf(await service.call('PutKeyPolicy', put, requester))
  },
  'the owner of an access key that an operator makes': ({ service, ...scene }) => {
    const context = { ...service.services, logger: silentLogger, operator: { user: 'ops' } }
    return createAccessKey(doraOf(scene), context).then(
      () => 'done',
      (error: unknown) => `AccessDeniedException: ${String(error)}`,
    )
  },
}

function doraOf({ ann }: Pick<QuorumScene, 'ann'>): string {
  return ann.principal.arn.replace('/ann', '/dora')
}

for (const [entity, ask] of Object.entries(BY_NAME)) {
  test(`what was approved for ${entity} is not done for another who got the name`, async () => {
    await using scene = await quorumScene()
    const { service, cid } = scene
    await administrator(service, 'dora')
    await approve(scene, waiting(await ask(scene)), scene.ann, scene.bob)
    await service.iam('UpdateUser', { UserName: 'dora', NewUserName: 'former' }, cid)
    await service.iam('CreateUser', { UserName: 'dora' }, cid)
    assert.match(await ask(scene), /and 0 approved/)
  })
}

test('an access key that was approved for one approver is not made for another', async () => {
  await using scene = await quorumScene()
  const { service, cid } = scene
  const ask = (): Promise<string> => service.iamFault('CreateAccessKey', { UserName: 'ann' }, cid)
  const id = waiting((await ask()).replace('AccessDenied', 'AccessDeniedException'))
  await approve(scene, id, scene.bob, scene.role)
  await service.iam('UpdateUser', { UserName: 'ann', NewUserName: 'former' }, cid)
  await service.iam('UpdateUser', { UserName: 'bob', NewUserName: 'ann' }, cid)
  assert.match(await ask(), /and 0 approved/)
  assert.equal((await keyhold(service, 'ListPendingRequests', {}, cid)).status, 200)
})
