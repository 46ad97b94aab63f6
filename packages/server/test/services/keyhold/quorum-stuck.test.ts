import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { OperatorContext } from '../../../src/admin/operator/deed.ts'
import { recoverAdministrator } from '../../../src/admin/operator/recover-administrator.ts'
import { addUser } from '../../support/identities.ts'
import { silentLogger } from '../../support/silent-logger.ts'
import { ACCOUNT } from '../../support/service.ts'
import { keyhold, type QuorumScene, quorumScene, ROOT, saidOf, waiting } from './quorum-fixture.ts'

const ALLOW_ALL = { inline: { all: { Effect: 'Allow', Action: '*', Resource: '*' } } }

function contextOf({ service }: QuorumScene): OperatorContext {
  return { ...service.services, logger: silentLogger, operator: { user: 'ops' } }
}

test('where too few approvers exist, refusals name the way out', async () => {
  await using scene = await quorumScene()
  const { service, requester, keyId } = scene
  for (const { principal, accessKeyId } of [scene.ann, scene.bob]) {
    const UserName = principal.userName
    await service.iam('DeleteAccessKey', { UserName, AccessKeyId: accessKeyId }, ROOT)
    await service.iam('DeleteUserPolicy', { UserName, PolicyName: 'all' }, ROOT)
    await service.iam('DeleteUser', { UserName }, ROOT)
  }
  const way = `Only 1 of its approvers exists: the operator can remove the rule: keyhold operator quorum remove production --account ${ACCOUNT} --yes.`
  const said = [
    saidOf(await service.call('ScheduleKeyDeletion', { KeyId: keyId }, requester)),
    saidOf(await keyhold(service, 'DeleteQuorumRule', { RuleName: 'production' }, requester)),
    await recoverAdministrator({ accountId: ACCOUNT, userName: 'rescued' }, contextOf(scene)).catch(String),
  ]
  for (const one of said) assert.ok(String(one).endsWith(way), String(one))
})

test('users who ask without end keep neither operators nor, once approvers denied some, others from asking', async () => {
  await using scene = await quorumScene()
  const { service, keyId, requester, bob } = scene
  const ask = (caller = requester, days = 7): Promise<string> =>
    service.call('ScheduleKeyDeletion', { KeyId: keyId, PendingWindowInDays: days }, caller).then(saidOf)
  const asked: string[] = []
  for (const name of ['a', 'b', 'c', 'd', 'e']) {
    const flooding = await addUser(service, name, ALLOW_ALL)
    for (let days = 7; days < 27; days += 1) asked.push(waiting(await ask(flooding, days)))
    assert.match(await ask(flooding, 30), /too many requests wait/)
  }
  assert.match(await ask(), /too many requests wait/)
  await assert.rejects(recoverAdministrator({ accountId: ACCOUNT }, contextOf(scene)), /waits for approval/)
  assert.equal(saidOf(await keyhold(service, 'DenyRequest', { RequestId: asked[0] }, bob)), 'done')
  waiting(await ask())
})
