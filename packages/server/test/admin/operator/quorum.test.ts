import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createAccessKey } from '../../../src/admin/operator/access-keys.ts'
import type { OperatorContext } from '../../../src/admin/operator/deed.ts'
import { OperatorError } from '../../../src/admin/operator/operator-error.ts'
import { quorumRules, removeQuorumRule } from '../../../src/admin/operator/quorum-rules.ts'
import { recoverAdministrator } from '../../../src/admin/operator/recover-administrator.ts'
import { recordsOf } from '../../support/records.ts'
import { ACCOUNT, OTHER_ACCOUNT } from '../../support/service.ts'
import { silentLogger } from '../../support/silent-logger.ts'
import { approve, keyhold, type QuorumScene, quorumScene, saidOf } from '../../services/keyhold/quorum-fixture.ts'

function contextOf({ service }: QuorumScene, user = 'ops'): OperatorContext {
  return { ...service.services, logger: silentLogger, operator: { user } }
}

/** The request that an operator's action waits for. */
async function waiting(act: Promise<unknown>): Promise<string> {
  const error = await act.then(
    () => assert.fail('it was done'),
    (refusal: unknown) => refusal,
  )
  assert.ok(error instanceof OperatorError)
  return /The request ([0-9a-f-]{36}) waits for approval/.exec(error.message)?.[1] ?? assert.fail(error.message)
}

test('an operator makes an administrator, or an access key, once approvers of the account have approved', async () => {
  await using scene = await quorumScene()
  const context = contextOf(scene)
  const acts = [
    (by = context) => recoverAdministrator({ accountId: ACCOUNT, userName: 'rescued' }, by),
    (by = context) => createAccessKey(scene.cid.principal.arn, by),
  ]
  for (const act of acts) {
    const id = await waiting(act())
    assert.equal(await waiting(act()), id)
    assert.notEqual(await waiting(act(contextOf(scene, 'another'))), id)
    assert.deepEqual(await approve(scene, id, scene.ann, scene.bob), ['done', 'done'])
    await act()
    await assert.rejects(act(), OperatorError)
  }
  const operations = (await recordsOf(scene.service))
    .filter(({ operator }) => operator)
    .map(({ operation }) => operation)
  assert.ok(operations.includes('RequestApproval') && operations.includes('RecoverAdministrator'))
})

test('an approver denies an operator, and other accounts and rules without OPERATOR are not asked', async () => {
  await using scene = await quorumScene()
  const context = contextOf(scene)
  const RequestId = await waiting(recoverAdministrator({ accountId: ACCOUNT, userName: 'rescued' }, context))
  assert.equal(saidOf(await keyhold(scene.service, 'DenyRequest', { RequestId }, scene.ann)), 'done')
  await assert.rejects(recoverAdministrator({ accountId: ACCOUNT, userName: 'rescued' }, context), /denied the request/)
  await recoverAdministrator({ accountId: OTHER_ACCOUNT, userName: 'rescued' }, context)
  await using unprotected = await quorumScene({ Protects: ['DESTRUCTION'] })
  await recoverAdministrator({ accountId: ACCOUNT, userName: 'rescued' }, contextOf(unprotected))
})

test('an operator removes a rule whose approvers are gone, and the audit log has it', async () => {
  await using scene = await quorumScene()
  const context = contextOf(scene)
  await assert.rejects(
    removeQuorumRule({ accountId: OTHER_ACCOUNT, ruleName: 'production' }, context),
    /has no quorum rule/,
  )
  assert.deepEqual(
    (await quorumRules(context)).map(({ accountId, ruleName }) => [accountId, ruleName]),
    [[ACCOUNT, 'production']],
  )
  await removeQuorumRule({ accountId: ACCOUNT, ruleName: 'production' }, context)
  await recoverAdministrator({ accountId: ACCOUNT, userName: 'rescued' }, context)
  const { status } = await scene.service.call('ScheduleKeyDeletion', { KeyId: scene.keyId }, scene.requester)
  assert.equal(status, 200)
  const record = (await recordsOf(scene.service)).find(({ operation }) => operation === 'RemoveQuorumRule')
  assert.deepEqual(record?.operator, { user: 'ops' })
  assert.partialDeepStrictEqual(record?.request, { ruleName: 'production', needed: 2 })
})
