import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type IamOperationName, SERVICES, type ServiceName } from '@keyhold/protocol'
import { Directory } from '../../src/identity/directory/directory.ts'
import { contended } from '../../src/execution/attempts.ts'
import { OPERATIONS } from '../../src/services/registry.ts'
import { Writers } from '../../src/execution/writers.ts'
import { servicesOf } from '../../src/host/assembly/services.ts'
import { rootOf, ACCOUNT, OTHER_ACCOUNT } from '../support/service.ts'
import { allAtOnce, IAM_WRITES, unmodelled } from './support/at-once.ts'
import { SubstitutionWorld } from './substitution/world.ts'

let world: SubstitutionWorld
before(async () => (world = await SubstitutionWorld.open()))
after(() => world[Symbol.asyncDispose]())

/** Of every kind of thing some that can go on together. All of them, one by one: chaos/concurrent-writes.test.ts. */
const SOME: readonly IamOperationName[] = [
  'TagUser',
  'UntagUser',
  'UpdateUser',
  'PutUserPolicy',
  'AttachRolePolicy',
  'TagPolicy',
]

test('ten times each of several writes on one entity, all at once: no answer is that the server failed', async () => {
  for (const name of SOME) assert.ok(IAM_WRITES.includes(name))
  const answers = await allAtOnce(SOME, 10, world)
  assert.deepEqual(unmodelled(answers), [])
  assert.deepEqual([...new Set(answers.filter(({ status }) => status !== 200).map(({ name }) => name))], [])
})

const tagKeys = async (UserName: string): Promise<string[]> => {
  const { Tags } = await world.service.iam<{ Tags: { Key: string }[] }>('ListUserTags', { UserName })
  return Tags.map(({ Key }) => Key)
}

test('fifty callers who each add another tag to one user all succeed, and every tag is stored', async () => {
  await world.service.iam('CreateUser', { UserName: 'hot' })
  const names = Array.from({ length: 50 }, (_, index) => `k${String(index).padStart(2, '0')}`)
  await Promise.all(names.map((Key) => world.service.iam('TagUser', { UserName: 'hot', Tags: [{ Key, Value: '' }] })))
  assert.deepEqual((await tagKeys('hot')).toSorted(), names)
})

test('two processes that write to one user lose no change and refuse no request', async () => {
  const { service } = world
  const directory = new Directory(service.services)
  const other = servicesOf({ ...service.engine, directory }, { enforcement: 'on' })
  await service.iam('CreateUser', { UserName: 'shared' })
  const names = Array.from({ length: 16 }, (_, index) => `k${String(index).padStart(2, '0')}`)
  const add = async (Key: string, index: number): Promise<unknown> => {
    const input = { UserName: 'shared', Tags: [{ Key, Value: '' }] }
    if (index % 2 === 0) return service.iam('TagUser', input)
    return service.iamOn(other, 'TagUser', input)
  }
  await Promise.all(names.map(add))
  assert.deepEqual((await tagKeys('shared')).toSorted(), names)
})

test('an account whose user many write to holds up no other account', async () => {
  const { service } = world
  await service.iam('CreateUser', { UserName: 'busy' })
  await service.iam('CreateUser', { UserName: 'quiet' }, rootOf(OTHER_ACCOUNT))
  let left = 40
  const busy = Array.from({ length: left }, async (_, index) => {
    await service.iam('TagUser', { UserName: 'busy', Tags: [{ Key: `k${index}`, Value: '' }] }, rootOf(ACCOUNT))
    left -= 1
  })
  await service.iam('TagUser', { UserName: 'quiet', Tags: [{ Key: 'k', Value: '' }] }, rootOf(OTHER_ACCOUNT))
  assert.ok(left > 20, `${left} of the others were left`)
  await Promise.all(busy)
})

test('forty who change one key at once are all answered, and nothing is lost', async () => {
  const { service, admin } = world
  const { keyId: KeyId } = await service.createKey({}, admin)
  const names = Array.from({ length: 20 }, (_, index) => `k${String(index).padStart(2, '0')}`)
  await Promise.all([
    ...names.map((TagKey) => service.ok('TagResource', { KeyId, Tags: [{ TagKey, TagValue: '' }] }, admin)),
    ...names.map((name) => service.ok('CreateAlias', { TargetKeyId: KeyId, AliasName: `alias/${name}` }, admin)),
  ])
  const { Tags } = await service.ok<{ Tags: { TagKey: string }[] }>('ListResourceTags', { KeyId }, admin)
  assert.deepEqual(Tags.map(({ TagKey }) => TagKey).toSorted(), names)
  const { Aliases } = await service.ok<{ Aliases: { AliasName: string }[] }>('ListAliases', { KeyId }, admin)
  assert.equal(Aliases.length, names.length)
})

test('a change that others forestall each time is refused in the words of the model', async () => {
  const { service } = world
  const { store } = service.services
  const { commit } = store
  await service.iam('CreateUser', { UserName: 'never' })
  const rests: number[] = []
  const { writers, random } = service.services
  service.services.writers = new Writers({ random, wait: (ms) => Promise.resolve(rests.push(ms)) })
  store.commit = () => Promise.resolve({ committed: false, conflict: { table: 'principal', id: 'x', version: 1 } })
  const UserName = 'never'
  const tag = await service.query('iam', 'TagUser', { UserName, Tags: [{ Key: 'k', Value: '' }] })
  const group = await service.query('iam', 'CreateGroup', { GroupName: 'never' })
  store.commit = commit
  service.services.writers = writers
  assert.deepEqual([tag.status, tag.body['Code']], [409, 'ConcurrentModification'])
  assert.deepEqual([group.status, group.body['Code']], [503, 'ServiceUnavailable'])
  assert.ok(rests.length > 20 && Math.max(...rests) <= 64)
})

test('of every operation that changes something the last answer is one that its model declares', () => {
  const COMMON = 'ServiceUnavailable: of every operation, in IAM API Reference, "Common Errors"'
  for (const service of ['kms', 'iam'] satisfies ServiceName[]) {
    for (const operation of OPERATIONS.of(service).values()) {
      if (operation.readOnly) continue
      const { errors } = (SERVICES[service].model.operations as Record<string, { errors: readonly string[] }>)[
        operation.name
      ] ?? { errors: [] }
      const { code } = contended(operation)
      const isNamed = errors.includes('ConcurrentModification')
      if (service === 'iam' && !isNamed) assert.equal(code, 'DependencyTimeoutException', COMMON)
      else assert.ok(errors.includes(code), `${operation.name}: ${code}`)
      assert.equal(code === 'ConcurrentModification', isNamed, operation.name)
    }
  }
})
