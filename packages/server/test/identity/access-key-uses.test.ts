import assert from 'node:assert/strict'
import { beforeEach, afterEach, test } from 'node:test'
import { AccessKeyUses } from '../../src/identity/access-key-uses.ts'
import type { Store } from '../../src/storage/store.ts'
import { TestService } from '../support/service.ts'

let service: TestService
let ids: string[]
beforeEach(async () => {
  service = await TestService.open('on')
  await service.iam('CreateUser', { UserName: 'ann' })
  ids = []
  for (let key = 0; key < 2; key++) {
    const { AccessKey } = await service.iam<{ AccessKey: { AccessKeyId: string } }>('CreateAccessKey', {
      UserName: 'ann',
    })
    ids.push(AccessKey.AccessKeyId)
  }
})
afterEach(() => service[Symbol.asyncDispose]())

/** A tracker of its own, as another process would have one. */
function tracker(change: Partial<Store> = {}): AccessKeyUses {
  const { store, hierarchy, random } = service.services
  const methods = { get: store.get.bind(store), commit: store.commit.bind(store), ...change }
  return new AccessKeyUses({ store: methods as Store, hierarchy, random })
}

test('what is written down is read by every process, the latest use first', async () => {
  const [id = ''] = ids
  const [here, there] = [tracker(), tracker()]
  here.note(id, 'kms', 'eu-west-1', 2000)
  await here.flush()
  assert.deepEqual(await there.lastUse(id), { usedMs: 2000, region: 'eu-west-1', service: 'kms' })
  there.note(id, 'iam', 'us-east-1', 1000)
  assert.equal((await there.lastUse(id))?.usedMs, 2000)
  there.note(id, 'iam', 'us-east-1', 3000)
  assert.equal((await there.lastUse(id))?.usedMs, 3000)
  await there.flush()
  assert.deepEqual(await here.lastUse(id), { usedMs: 3000, region: 'us-east-1', service: 'iam' })
})

test('a use is written down once, and several keys in one commit', async () => {
  let commits = 0
  const { store } = service.services
  const uses = tracker({ commit: (commit) => (commits++, store.commit(commit)) })
  for (const id of ids) for (let use = 0; use < 5; use++) uses.note(id, 'kms', 'eu-west-1', use)
  await uses.flush()
  await uses.flush()
  assert.equal(commits, 1)
  for (const id of ids) assert.equal((await store.get('access_key_use', id))?.version, 1)
})

test('of a key that was deleted nothing is written, also when that happens on the way', async () => {
  const [early = '', late = ''] = ids
  const { store } = service.services
  await service.iam('DeleteAccessKey', { UserName: 'ann', AccessKeyId: early })
  const uses = tracker({
    commit: async (commit) => {
      await service.iam('DeleteAccessKey', { UserName: 'ann', AccessKeyId: late })
      return store.commit(commit)
    },
  })
  for (const id of ids) uses.note(id, 'kms', 'eu-west-1', 1)
  await uses.flush()
  await uses.flush()
  for (const id of ids) assert.equal(await store.get('access_key_use', id), undefined)
})

test('what could not be written stays noted and is written the next time', async () => {
  const [id = ''] = ids
  const { store } = service.services
  let full = true
  const uses = tracker({
    commit: (commit) => (full ? Promise.reject(new Error('disk full')) : store.commit(commit)),
  })
  uses.note(id, 'kms', 'eu-west-1', 7)
  await assert.rejects(uses.flush(), /disk full/)
  full = false
  await uses.flush()
  assert.equal((await tracker().lastUse(id))?.usedMs, 7)
})

test('a use that is noted while an earlier one is written is not lost', async () => {
  const [id = ''] = ids
  const { store } = service.services
  const uses = tracker({
    commit: (commit) => {
      uses.note(id, 'kms', 'eu-west-1', 2)
      return store.commit(commit)
    },
  })
  uses.note(id, 'kms', 'eu-west-1', 1)
  await uses.flush()
  assert.equal((await tracker().lastUse(id))?.usedMs, 1)
  await uses.flush()
  assert.equal((await tracker().lastUse(id))?.usedMs, 2)
})
