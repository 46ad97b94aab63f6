/** That every condition key which AWS lists for an action of IAM or STS is supplied, and that each can be read. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { IamOperationName, StsOperationName } from '@keyhold/protocol'
import { decideAgain } from '../../src/admin/access/decide-again.ts'
import type { Caller } from '../../src/identity/accounts/caller.ts'
import { OPERATIONS } from '../../src/services/registry.ts'
import { lastRecord } from '../admin/access/support/access.ts'
import { inSession } from '../admin/access/support/denials.ts'
import { addRole, addService, addUser, policyOf } from '../support/identities.ts'
import { ACCOUNT } from '../support/service.ts'
import { makeThings, queryBase, type Things } from './substitution/query-inputs.ts'
import { SubstitutionWorld } from './substitution/world.ts'
import { areReadable, suppliedTo } from './support/readable.ts'
import { IAM_ACTIONS, OF_TAGGED_ENTITIES, STS_ACTIONS, TYPES } from './support/service-authorization.ts'

const EVERYTHING = { Effect: 'Allow', Action: '*', Resource: '*' }
const TAGS = [{ Key: 'team', Value: 'blue' }]

let world: SubstitutionWorld
let names = 0
/** For requests that leave them there. */
let shared: Things
before(async () => {
  world = await SubstitutionWorld.open()
  shared = await taggedThings()
})
after(() => world[Symbol.asyncDispose]())

/** A user who is denied a request as soon as it lacks one of the keys, on resources of that kind. */
function prober(cells: readonly (readonly [action: string, key: string, resource: string])[]): Promise<Caller> {
  const denials = cells.map(([Action, key, Resource]) => [
    `${Action} on ${Resource} lacks ${key}`,
    { Effect: 'Deny', Action, Resource, Condition: { Null: { [key]: 'true' } } },
  ])
  const inline = { all: EVERYTHING, ...(Object.fromEntries(denials) as Record<string, object>) }
  return addUser(world.service, `probe-${(names += 1)}`, { inline, tags: { team: 'blue' } })
}

/** Users, roles and policies of an account, tagged and bounded as far as that goes. */
async function taggedThings(): Promise<Things> {
  const things = await makeThings(world, world.admin)
  const { UserName, RoleName, PolicyArn, PermissionsBoundary } = things
  const iam = (name: IamOperationName, input: object): Promise<unknown> => world.service.iam(name, input, world.admin)
  await iam('TagUser', { UserName, Tags: TAGS })
  await iam('TagRole', { RoleName, Tags: TAGS })
  await iam('TagPolicy', { PolicyArn, Tags: TAGS })
  await iam('PutUserPermissionsBoundary', { UserName, PermissionsBoundary })
  await iam('PutRolePermissionsBoundary', { RoleName, PermissionsBoundary })
  return things
}

/** The request of an operation, and the resources whose tags it must supply. */
async function requestOf(name: IamOperationName, things: Things): Promise<object> {
  const input = await queryBase({ service: 'iam', name }, world, things, world.admin)
  const { PermissionsBoundary } = things
  const cells = IAM_ACTIONS[name] ?? []
  return {
    ...input,
    ...(cells.includes('aws:RequestTag/team') && { Tags: TAGS }),
    ...(name.startsWith('Untag') && { TagKeys: ['team'] }),
    ...(name.startsWith('Create') && cells.includes('iam:PermissionsBoundary') && { PermissionsBoundary }),
  }
}

for (const name of OPERATIONS.of('iam').keys() as Iterable<IamOperationName>) {
  test(`a request for ${name} supplies every condition key that AWS lists for it`, async () => {
    const action = `iam:${name}`
    const isNew = name.startsWith('Create') && name !== 'CreateAccessKey' && name !== 'CreatePolicyVersion'
    // Lists are about a path, and not about one entity.
    const kinds = isNew || /^List(Users|Roles|Groups)$/.test(name) ? [] : ['user', 'role']
    const tagged = kinds.flatMap((kind) =>
      OF_TAGGED_ENTITIES.map((key) => [action, key, `arn:aws:iam::*:${kind}/*`] as const),
    )
    const ofPolicies = isNew ? [] : [[action, 'aws:ResourceTag/team', `arn:aws:iam::${ACCOUNT}:policy/*`] as const]
    const own = (IAM_ACTIONS[name] ?? []).map((key) => [action, key, '*'] as const)
    // What the request needs beside its own action.
    const passed = name === 'AddRoleToInstanceProfile' ? (IAM_ACTIONS['PassRole'] ?? []) : []
    const alongside = passed.map((key) => ['iam:PassRole', key, '*'] as const)
    const things = /^(Delete|Detach|Remove|Untag)/.test(name) ? await taggedThings() : shared
    const caller = await prober([...own, ...alongside, ...tagged, ...ofPolicies])
    const { body } = await world.service.query('iam', name, await requestOf(name, things), caller)
    const { operation, decision } = await lastRecord(world.service)
    assert.equal(operation, name)
    assert.equal(decision?.allowed, true, `${JSON.stringify(body)} ${JSON.stringify(decision?.basis)}`)
  })
}

test('a request to assume a role supplies every condition key that AWS lists for what it needs', async () => {
  const { service } = world
  const { RoleName, RoleArn } = await taggedThings()
  const AssumeRolePolicyDocument = policyOf({
    Effect: 'Allow',
    Principal: { AWS: ACCOUNT },
    Action: ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity'],
  })
  await service.iam('UpdateAssumeRolePolicy', { RoleName, PolicyDocument: AssumeRolePolicyDocument }, world.admin)
  const cellsOf = (...actions: string[]) =>
    actions.flatMap((action) => (STS_ACTIONS[action] ?? []).map((key) => [`sts:${action}`, key, '*'] as const))
  const caller = await prober(cellsOf('AssumeRole', 'TagSession', 'SetSourceIdentity'))
  const input = {
    RoleArn,
    RoleSessionName: 'night',
    ExternalId: 'partner',
    SourceIdentity: 'ann',
    Tags: TAGS,
    TransitiveTagKeys: ['team'],
  }
  await service.sts('AssumeRole', input, caller)
  const federating = await prober(cellsOf('GetFederationToken'))
  await service.sts('GetFederationToken', { Name: 'guest', Tags: TAGS }, federating)
})

/** Callers of every kind, whose requests have between them every global key that this server supplies. */
async function callers(): Promise<Caller[]> {
  const { service } = world
  const user = await addUser(service, 'seen', { inline: { all: EVERYTHING }, tags: { team: 'blue' } })
  const role = await addRole(service, 'seen', { inline: { all: EVERYTHING }, tags: { team: 'blue' } })
  const backup = await addService(service, 'backup.example.internal')
  const via = { service: 'backup.example.internal', forwarded: true }
  const source = { sourceArn: `arn:aws:s3:::${ACCOUNT}-bucket`, sourceAccount: ACCOUNT }
  const provider = `arn:aws:iam::${ACCOUNT}:oidc-provider/issuer.example.com`
  const federated = { provider, claims: { 'issuer.example.com:sub': ['ann'] } }
  return [
    user,
    inSession(user, { via }),
    inSession(role, { sourceIdentity: 'ann', federated }),
    inSession(backup, { via: { ...via, forwarded: false, ...source } }),
  ]
}

test('every global condition key is supplied to some request, and all operators of its type can read it', async () => {
  const missing = new Set(Object.keys(TYPES).filter((key) => key.startsWith('aws:')))
  const Tags = [{ TagKey: 'team', TagValue: 'blue' }]
  const { keyId: KeyId } = await world.service.createKey({ Tags }, world.admin)
  for (const caller of await callers()) {
    await world.service.call('TagResource', { KeyId, Tags }, caller)
    const decided = await decideAgain(await lastRecord(world.service), world.service.services)
    assert.ok(decided !== 'caller-gone' && decided.length > 0)
    for (const [key, values] of decided.flatMap(({ request }) => suppliedTo(request))) {
      missing.delete(key)
      assert.ok(areReadable(key, values), `${key} is ${values}`)
    }
  }
  assert.deepEqual([...missing], [])
})

test('every operation of STS that needs a permission has its keys in the table', () => {
  const needsNone: StsOperationName[] = ['GetCallerIdentity', 'GetSessionToken']
  const byToken: StsOperationName[] = ['AssumeRoleWithWebIdentity']
  const known = [...Object.keys(STS_ACTIONS), ...needsNone, ...byToken]
  for (const name of OPERATIONS.of('sts').keys()) assert.ok(known.includes(name), name)
})
