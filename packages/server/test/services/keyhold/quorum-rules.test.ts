import assert from 'node:assert/strict'
import { test } from 'node:test'
import { rulesAbout } from '../../../src/execution/quorum/settle.ts'
import { endTransitions } from '../../../src/jobs/transitions.ts'
import { Changeset } from '../../../src/vault/records/changeset.ts'
import { importInto } from '../../support/import.ts'
import { ACCOUNT, REGION } from '../../support/service.ts'
import { approve, putRule, quorumScene, ROOT, saidOf, waiting } from './quorum-fixture.ts'

/** Which keys and operations a rule protects. */
const PROTECTED: [what: string, rule: object, asks: [operation: string, protects: boolean][]][] = [
  [
    'all keys',
    {},
    [
      ['ScheduleKeyDeletion', true],
      ['PutKeyPolicy', true],
      ['DisableKey', false],
    ],
  ],
  [
    'destruction',
    { Protects: ['DESTRUCTION'] },
    [
      ['ScheduleKeyDeletion', true],
      ['PutKeyPolicy', false],
    ],
  ],
  [
    'disabling',
    { Protects: ['DISABLING'] },
    [
      ['DisableKey', true],
      ['ScheduleKeyDeletion', false],
    ],
  ],
  ['keys of one Region', { KeyArns: [`arn:aws:kms:${REGION}:*`] }, [['ScheduleKeyDeletion', true]]],
  ['keys of another Region', { KeyArns: ['arn:aws:kms:us-east-1:*'] }, [['ScheduleKeyDeletion', false]]],
  [
    'keys with a tag',
    { KeyArns: [], KeyTags: [{ TagKey: 'env', TagValue: 'production' }] },
    [['ScheduleKeyDeletion', true]],
  ],
  [
    'keys with another value',
    { KeyArns: [], KeyTags: [{ TagKey: 'env', TagValue: 'test' }] },
    [
      ['DisableKey', false],
      ['ScheduleKeyDeletion', false],
    ],
  ],
]

for (const [what, rule, asks] of PROTECTED) {
  test(`a rule for ${what} protects what it says, of keys that are made later too`, async () => {
    await using scene = await quorumScene(rule)
    const { service, requester } = scene
    const Tags = [{ TagKey: 'env', TagValue: 'production' }]
    for (const [operation, protects] of asks) {
      const { keyId } = await service.createKey({ Tags }, requester)
      const Policy = (await service.ok('GetKeyPolicy', { KeyId: keyId }, requester))['Policy']
      const input = { KeyId: keyId, ...(operation === 'PutKeyPolicy' && { Policy }) }
      const said = saidOf(await service.call(operation as 'DisableKey', input, requester))
      assert.equal(/waits for approval/.test(said), protects, `${operation}: ${said}`)
    }
  })
}

test('a key does not leave a rule by its tags, and related keys are protected by the ARN of one of them', async () => {
  await using scene = await quorumScene({ KeyArns: [], KeyTags: [{ TagKey: 'env', TagValue: 'production' }] })
  const { service, requester } = scene
  const Tags = [{ TagKey: 'env', TagValue: 'production' }]
  const { keyId } = await service.createKey({ Tags }, requester)
  const ask = async (operation: 'TagResource' | 'UntagResource', input: object): Promise<string> =>
    saidOf(await service.call(operation, { KeyId: keyId, ...input }, requester))
  assert.match(await ask('UntagResource', { TagKeys: ['env'] }), /waits for approval/)
  assert.match(await ask('TagResource', { Tags: [{ TagKey: 'env', TagValue: 'test' }] }), /waits for approval/)
  assert.equal(await ask('TagResource', { Tags: [{ TagKey: 'team', TagValue: 'a' }] }), 'done')
  assert.equal(await ask('UntagResource', { TagKeys: ['team'] }), 'done')
  const shared = await service.createKey({ MultiRegion: true }, requester)
  await service.ok('ReplicateKey', { KeyId: shared.keyId, ReplicaRegion: 'us-east-1' }, requester)
  await putRule(scene, { RuleName: 'one', KeyArns: [shared.arn] })
  const replica = { ...requester, region: 'us-east-1' }
  await endTransitions(service.services)
  const input = { KeyId: shared.keyId }
  assert.match(saidOf(await service.call('ScheduleKeyDeletion', input, replica)), /waits for approval/)
  const other = await service.createKey({}, requester)
  assert.equal(saidOf(await service.call('ScheduleKeyDeletion', { KeyId: other.keyId }, requester)), 'done')
})

test('imported material is protected like its key', async () => {
  await using scene = await quorumScene()
  const { service, requester } = scene
  const { keyId } = await service.createKey({ Origin: 'EXTERNAL' }, requester)
  await importInto(service, keyId, Buffer.alloc(32, 7), {}, requester)
  const remove = (): Promise<string> =>
    service.call('DeleteImportedKeyMaterial', { KeyId: keyId }, requester).then(saidOf)
  await approve(scene, waiting(await remove()), scene.ann, scene.role)
  assert.equal(await remove(), 'done')
})

test('an administrator who could make a second approver of themselves needs the quorum for that', async () => {
  await using scene = await quorumScene()
  const { service, cid, ann } = scene
  const Trust = {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { AWS: cid.principal.arn }, Action: 'sts:AssumeRole' }],
  }
  const ways = [
    service.iamFault('CreateAccessKey', { UserName: 'ann' }, cid),
    service.iamFault('UpdateAccessKey', { UserName: 'ann', AccessKeyId: ann.accessKeyId, Status: 'Active' }, cid),
    service.iamFault('UpdateAssumeRolePolicy', { RoleName: 'keepers', PolicyDocument: JSON.stringify(Trust) }, cid),
  ]
  for (const fault of await Promise.all(ways)) assert.match(fault, /^AccessDenied: .*waits for approval/)
  await service.iam('CreateAccessKey', { UserName: 'cid' }, cid)
  await service.iam('CreateAccessKey', {}, ann)
  await service.iam('UpdateAccessKey', { UserName: 'ann', AccessKeyId: ann.accessKeyId, Status: 'Inactive' }, cid)
})

test('rules that cannot be met, or name what is not there, are refused', async () => {
  await using scene = await quorumScene({ RuleName: 'first' })
  const { ann, role } = scene
  for (const change of [
    { NeededApprovals: 4 },
    { NeededApprovals: 0 },
    { Approvers: [ann.principal.arn, ann.principal.arn], NeededApprovals: 1 },
    { Approvers: [`${ann.principal.arn}a`], NeededApprovals: 1 },
    { Approvers: [role.principal.arn], NeededApprovals: 1 },
    { Approvers: [ROOT.principal.arn], NeededApprovals: 1 },
    { KeyArns: [] },
    { Protects: ['EVERYTHING'] },
    { ApprovalMinutes: 1 },
  ]) {
    assert.match(saidOf(await putRule(scene, change)), /^ValidationException/, JSON.stringify(change))
  }
})

test('an approval is used up also where what it approved changed nothing that can be seen', async () => {
  await using scene = await quorumScene()
  const { service, keyId, requester } = scene
  const { Policy } = await service.ok('GetKeyPolicy', { KeyId: keyId }, requester)
  const put = (): Promise<string> => service.call('PutKeyPolicy', { KeyId: keyId, Policy }, requester).then(saidOf)
  await approve(scene, waiting(await put()), scene.ann, scene.bob)
  assert.equal(await put(), 'done') // from here on the stored policy stays exactly as it is
  await approve(scene, waiting(await put()), scene.ann, scene.bob)
  const said = await Promise.all([put(), put(), put()])
  assert.equal(said.filter((one) => one === 'done').length, 1)
  waiting(await put())
})

test('what was decided by the rules as they were does not commit after a change of them', async () => {
  await using scene = await quorumScene()
  const { services } = scene.service
  const changes = new Changeset()
  await rulesAbout(ACCOUNT, () => false, services, changes)
  assert.equal(saidOf(await putRule(scene, { RuleName: 'second' })), 'done')
  assert.equal((await services.records.commit(changes)).committed, false)
})
