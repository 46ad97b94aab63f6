import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Caller } from '../../../src/identity/accounts/caller.ts'
import { approve, type QuorumScene, quorumScene, saidOf, waiting } from './quorum-fixture.ts'

/** A session of the scene's role that a user began, as AssumeRole makes it. */
function roleOf({ role }: QuorumScene, { accessKeyId }: Caller): Caller {
  return { ...role, session: { ...role.session!, madeWith: [{ accessKeyId, epoch: 0 }] } }
}

/** A session of the scene's role that began with a web identity. */
function roleOfSubject({ role }: QuorumScene, subject: string): Caller {
  const claims = { 'idp.example.com:aud': ['keyhold'], 'idp.example.com:sub': [subject] }
  const provider = 'arn:aws:iam::111122223333:oidc-provider/idp.example.com'
  return { ...role, session: { ...role.session!, federated: { provider, claims } } }
}

function schedule({ service, keyId }: QuorumScene, caller: Caller): Promise<string> {
  return service.call('ScheduleKeyDeletion', { KeyId: keyId, PendingWindowInDays: 7 }, caller).then(saidOf)
}

test('one person approves once: as a user, and in a session of a role that they assumed', async () => {
  await using scene = await quorumScene()
  const { ann, bob, requester } = scene
  const id = waiting(await schedule(scene, requester))
  assert.deepEqual(await approve(scene, id, ann, roleOf(scene, ann)), ['done', 'done'])
  assert.match(await schedule(scene, requester), /and 1 approved/)
  assert.deepEqual(await approve(scene, id, bob), ['done'])
  assert.equal(await schedule(scene, requester), 'done')
})

test('the role that another person assumed is another approver', async () => {
  await using scene = await quorumScene()
  const { ann, bob, cid, requester } = scene
  for (const other of [bob, cid]) {
    const id = waiting(await schedule(scene, requester))
    assert.deepEqual(await approve(scene, id, ann, roleOf(scene, other)), ['done', 'done'])
    assert.equal(await schedule(scene, requester), 'done')
    await scene.service.ok('CancelKeyDeletion', { KeyId: scene.keyId }, requester)
  }
})

test('a person does not approve as a user what they asked for as a role, or the other way round', async () => {
  await using scene = await quorumScene()
  const { ann, bob, requester } = scene
  const asRole = waiting(await schedule(scene, roleOf(scene, ann)))
  assert.match((await approve(scene, asRole, ann))[0]!, /AccessDeniedException: .* made this request/)
  const asUser = waiting(await schedule(scene, requester))
  assert.match((await approve(scene, asUser, roleOf(scene, requester)))[0]!, /made this request/)
  assert.deepEqual(await approve(scene, asUser, roleOf(scene, bob)), ['done'])
})

test('of two who act by one role, each asks for themselves', async () => {
  await using scene = await quorumScene({ NeededApprovals: 1 })
  const [first, second] = [roleOf(scene, scene.cid), roleOf(scene, scene.ann)]
  const id = waiting(await schedule(scene, first))
  assert.deepEqual(await approve(scene, id, scene.ann), ['done'])
  assert.notEqual(waiting(await schedule(scene, second)), id)
  assert.equal(await schedule(scene, first), 'done')
})

test('a web identity is one person in every session that began with it', async () => {
  await using scene = await quorumScene({ NeededApprovals: 1 })
  const id = waiting(await schedule(scene, roleOfSubject(scene, 'zoe')))
  assert.match((await approve(scene, id, roleOfSubject(scene, 'zoe')))[0]!, /made this request/)
  assert.notEqual(waiting(await schedule(scene, roleOfSubject(scene, 'yan'))), id)
})
