import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Caller } from '../../../src/identity/accounts/caller.ts'
import { recordsOf } from '../../support/records.ts'
import { OTHER_ACCOUNT, rootOf } from '../../support/service.ts'
import {
  administrator,
  approve,
  keyhold,
  putRule,
  type QuorumScene,
  quorumScene,
  ROOT,
  saidOf,
  waiting,
} from './quorum-fixture.ts'

type Asked = (change?: object, caller?: Caller) => Promise<string>

/** Schedules the deletion of the scene's key. */
function deletion({ service, keyId, requester }: QuorumScene): Asked {
  return async (change = {}, caller = requester) =>
    saidOf(await service.call('ScheduleKeyDeletion', { KeyId: keyId, PendingWindowInDays: 7, ...change }, caller))
}

test('a deletion waits for the approvals of two approvers, and is then done once', async () => {
  await using scene = await quorumScene()
  const schedule = deletion(scene)
  const refusal = await schedule()
  assert.match(
    refusal,
    /^AccessDeniedException: User: \S+user\/requester is not authorized to perform: kms:ScheduleKeyDeletion on resource: \S+ because the quorum rule production asks for 2 of its 3 approvers, and 0 approved\. The request \S+ waits for approval until 2026-01-02T00:00:00\.000Z\. Approvers run: keyhold quorum approve/,
  )
  const id = waiting(refusal)
  assert.equal(waiting(await schedule()), id, 'the same call is the same request')
  assert.deepEqual(await approve(scene, id, scene.ann, scene.ann), ['done', 'done'])
  assert.match(await schedule(), /and 1 approved/)
  assert.deepEqual(await approve(scene, id, scene.role), ['done'])
  assert.equal(await schedule(), 'done')
  await scene.service.ok('CancelKeyDeletion', { KeyId: scene.keyId }, scene.requester)
  assert.notEqual(waiting(await schedule()), id, 'an approval is used up')
})

test('all that happens is in the audit log, with who approved in the record of what was done', async () => {
  await using scene = await quorumScene()
  const id = waiting(await deletion(scene)())
  await approve(scene, id, scene.ann, scene.bob)
  await deletion(scene)()
  const records = (await recordsOf(scene.service)).filter(({ operation }) =>
    ['ScheduleKeyDeletion', 'RequestApproval', 'ApproveRequest'].includes(operation),
  )
  assert.deepEqual(
    records.map(({ operation, error }) => [operation, error?.code]),
    [
      ['RequestApproval', undefined],
      ['ScheduleKeyDeletion', 'AccessDeniedException'],
      ['ApproveRequest', undefined],
      ['ApproveRequest', undefined],
      ['ScheduleKeyDeletion', undefined],
    ],
  )
  assert.equal(records[0]?.additional?.['requestId'], id)
  assert.deepEqual(records[4]?.additional, {
    approvalRequest: id,
    approvedBy: `${scene.ann.principal.arn} ${scene.bob.principal.arn}`,
  })
})

test('every name of a key is the same request, and every other parameter, caller, Region and key another', async () => {
  await using scene = await quorumScene()
  const { service, arn, keyId, requester, cid } = scene
  await service.ok('CreateAlias', { AliasName: 'alias/one', TargetKeyId: keyId }, requester)
  const schedule = deletion(scene)
  const id = waiting(await schedule())
  assert.equal(waiting(await schedule({ KeyId: arn })), id)
  await approve(scene, id, scene.ann, scene.bob)
  const other = await service.createKey({}, requester)
  const others = [
    await schedule({ PendingWindowInDays: 8 }),
    await schedule({ PendingWindowInDays: undefined }),
    await schedule({ KeyId: other.keyId }),
    await schedule({}, cid),
    await schedule({}, ROOT),
    saidOf(await service.call('PutKeyPolicy', { KeyId: keyId, Policy: await policyOf(scene) }, requester)),
  ].map(waiting)
  assert.equal(new Set([id, ...others]).size, others.length + 1)
  assert.equal(await schedule({ KeyId: arn }), 'done')
})

async function policyOf({ service, keyId, requester }: QuorumScene): Promise<string> {
  return (await service.ok('GetKeyPolicy', { KeyId: keyId }, requester))['Policy'] ?? ''
}

/** What happens between the approvals and the repetition, and what the repetition then gets. */
const BETWEEN: Record<string, (scene: QuorumScene) => Promise<unknown>> = {
  'another description of the key': ({ service, keyId, requester }) =>
    service.ok('UpdateKeyDescription', { KeyId: keyId, Description: 'now production' }, requester),
  'another key policy': async (scene) => {
    const { service, keyId, requester } = scene
    const policy = (await policyOf(scene)).replace('"Sid"', ' "Sid"')
    const put = { KeyId: keyId, Policy: policy.replace(/"Sid": *"[^"]*"/, '"Sid": "another"') }
    await approve(scene, waiting(saidOf(await service.call('PutKeyPolicy', put, requester))), scene.ann, scene.bob)
    await service.ok('PutKeyPolicy', put, requester)
  },
  'a changed rule': async (scene) => {
    await approve(scene, waiting(saidOf(await putRule(scene, { ApprovalMinutes: 60 }))), scene.ann, scene.bob)
    assert.equal(saidOf(await putRule(scene, { ApprovalMinutes: 60 })), 'done')
  },
  'another rule': (scene) => putRule(scene, { RuleName: 'second' }),
  'the end of the request': ({ service }) => Promise.resolve(service.clock.advance(86_400_000)),
  'an approver who was denied the permission': ({ service }) =>
    service.iam(
      'PutUserPolicy',
      { UserName: 'ann', PolicyName: 'no', PolicyDocument: deny('keyhold:ApproveRequest') },
      ROOT,
    ),
  'an approver whose access key is inactive': ({ service, ann }) =>
    service.iam('UpdateAccessKey', { UserName: 'ann', AccessKeyId: ann.accessKeyId, Status: 'Inactive' }, ROOT),
  'an approver whose access key was deleted': ({ service, ann }) =>
    service.iam('DeleteAccessKey', { UserName: 'ann', AccessKeyId: ann.accessKeyId }, ROOT),
  'an approver who was deleted': deleteAnn,
  'an approver who was deleted and made again': async (scene) => {
    await deleteAnn(scene)
    await scene.service.iam('CreateUser', { UserName: 'ann' }, ROOT)
    await scene.service.iam('PutUserPolicy', { UserName: 'ann', PolicyName: 'all', PolicyDocument: ALL }, ROOT)
  },
}

const ALL = JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] })
const deny = (Action: string): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Deny', Action, Resource: '*' }] })

async function deleteAnn({ service, ann }: QuorumScene): Promise<void> {
  await service.iam('DeleteAccessKey', { UserName: 'ann', AccessKeyId: ann.accessKeyId }, ROOT)
  await service.iam('DeleteUserPolicy', { UserName: 'ann', PolicyName: 'all' }, ROOT)
  await service.iam('DeleteUser', { UserName: 'ann' }, ROOT)
}

for (const [what, happens] of Object.entries(BETWEEN)) {
  test(`approvals do not outlive ${what}`, async () => {
    await using scene = await quorumScene()
    const schedule = deletion(scene)
    const id = waiting(await schedule())
    assert.deepEqual(await approve(scene, id, scene.ann, scene.bob), ['done', 'done'])
    await happens(scene)
    assert.match(await schedule(), /AccessDeniedException: .* and [01] approved/)
    const { KeyMetadata } = await scene.service.ok<{ KeyMetadata: { KeyState: string } }>(
      'DescribeKey',
      { KeyId: scene.keyId },
      scene.requester,
    )
    assert.equal(KeyMetadata.KeyState, 'Enabled')
  })
}

test('only approvers of the rule approve, each once whatever their sessions, and not their own requests', async () => {
  await using scene = await quorumScene()
  const { service, ann, bob, cid, role, requester } = scene
  const id = waiting(await deletion(scene)())
  const [outsider, self] = await approve(scene, id, cid, requester)
  assert.match(outsider!, /AccessDeniedException: .* is not an approver/)
  assert.match(self!, /AccessDeniedException: .* made this request/)
  assert.match((await approve(scene, id, ROOT))[0]!, /is not an approver/)
  assert.match((await approve(scene, id, { ...rootOf(OTHER_ACCOUNT) }))[0]!, /NotFoundException/)
  const second = { ...role, principal: { ...role.principal, arn: role.principal.arn.replace(/one$/, 'two') } }
  assert.deepEqual(await approve(scene, id, role, second), ['done', 'done'])
  assert.match(await deletion(scene)(), /and 1 approved/)
  const own = waiting(await deletion(scene)({}, ann))
  assert.match((await approve(scene, own, ann))[0]!, /made this request/)
  await approve(scene, own, bob, role)
  assert.equal(await deletion(scene)({}, ann), 'done')
  const unknown = await approve(scene, '00000000-0000-4000-8000-000000000000', ann)
  assert.match(unknown[0]!, /NotFoundException/)
  const stranger = await administrator(service, 'stranger')
  await service.iam('DeleteUserPolicy', { UserName: 'stranger', PolicyName: 'all' }, ROOT)
  assert.match((await approve(scene, id, stranger))[0]!, /not authorized to perform: keyhold:ApproveRequest/)
})

test('a rule can let the requester approve', async () => {
  await using scene = await quorumScene({ RequesterMayApprove: true })
  const id = waiting(await deletion(scene)({}, scene.ann))
  assert.deepEqual(await approve(scene, id, scene.ann, scene.bob), ['done', 'done'])
  assert.equal(await deletion(scene)({}, scene.ann), 'done')
})

test('one approver denies, and the call cannot be made again until the request expires', async () => {
  await using scene = await quorumScene()
  const { service, bob, cid, requester } = scene
  const id = waiting(await deletion(scene)())
  await approve(scene, id, scene.ann, scene.role)
  assert.match(saidOf(await keyhold(service, 'DenyRequest', { RequestId: id }, cid)), /is not an approver/)
  assert.equal(saidOf(await keyhold(service, 'DenyRequest', { RequestId: id }, bob)), 'done')
  assert.match(await deletion(scene)(), /AccessDeniedException: .*user\/bob denied the request/)
  assert.match((await approve(scene, id, scene.ann))[0]!, /denied this request/)
  assert.match(saidOf(await keyhold(service, 'WithdrawRequest', { RequestId: id }, requester)), /denied this request/)
  service.clock.advance(86_400_000)
  assert.notEqual(waiting(await deletion(scene)()), id)
})

test('a request is withdrawn by its caller alone, and listed until then', async () => {
  await using scene = await quorumScene()
  const { service, requester, cid } = scene
  const id = waiting(await deletion(scene)())
  const list = async (): Promise<unknown[]> =>
    (await keyhold(service, 'ListPendingRequests', {}, cid)).body['Requests'] as unknown[]
  assert.partialDeepStrictEqual(await list(), [
    {
      RequestId: id,
      Action: 'kms:ScheduleKeyDeletion',
      Resource: scene.arn,
      Requester: requester.principal.arn,
      Input: JSON.stringify({ KeyId: scene.keyId, PendingWindowInDays: 7 }),
      ApprovedBy: [],
    },
  ])
  assert.match(saidOf(await keyhold(service, 'WithdrawRequest', { RequestId: id }, cid)), /AccessDeniedException/)
  assert.equal(saidOf(await keyhold(service, 'WithdrawRequest', { RequestId: id }, requester)), 'done')
  assert.deepEqual(await list(), [])
  assert.match((await approve(scene, id, scene.ann))[0]!, /NotFoundException/)
})

test('two repetitions at once do it once', async () => {
  await using scene = await quorumScene()
  const id = waiting(await deletion(scene)())
  await approve(scene, id, scene.ann, scene.bob)
  const said = await Promise.all([deletion(scene)(), deletion(scene)(), deletion(scene)()])
  assert.equal(said.filter((one) => one === 'done').length, 1)
})

test('a rule is changed and removed by its own quorum alone, by the root of the account too', async () => {
  await using scene = await quorumScene()
  const { service, ann, bob, cid } = scene
  for (const caller of [ROOT, ann, cid]) {
    assert.match(saidOf(await putRule(scene, { NeededApprovals: 1 }, caller)), /waits for approval/)
    assert.match(saidOf(await keyhold(service, 'DeleteQuorumRule', { RuleName: 'production' }, caller)), /waits for/)
  }
  const remove = (): Promise<string> =>
    keyhold(service, 'DeleteQuorumRule', { RuleName: 'production' }, ROOT).then(saidOf)
  await approve(scene, waiting(await remove()), ann, bob)
  assert.equal(await remove(), 'done')
  assert.match(await remove(), /NotFoundException/)
  assert.equal(await deletion(scene)(), 'done')
})

test('callers without the permission learn nothing of a rule, and what is wrong is refused as ever', async () => {
  await using scene = await quorumScene()
  const { service, keyId, requester } = scene
  const stranger = await administrator(service, 'stranger')
  await service.iam('DeleteUserPolicy', { UserName: 'stranger', PolicyName: 'all' }, ROOT)
  assert.doesNotMatch(await deletion(scene)({}, stranger), /quorum/)
  assert.doesNotMatch(await deletion(scene)({}, rootOf(OTHER_ACCOUNT)), /quorum/)
  assert.match(await deletion(scene)({ PendingWindowInDays: 3 }), /ValidationException/)
  const malformed = await service.call('PutKeyPolicy', { KeyId: keyId, Policy: '{}' }, requester)
  assert.match(saidOf(malformed), /MalformedPolicyDocument/)
  const { body } = await keyhold(service, 'ListPendingRequests', {}, requester)
  assert.deepEqual(body['Requests'], [])
})
