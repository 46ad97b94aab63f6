import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Caller } from '../../../src/identity/accounts/caller.ts'
import { OPERATIONS } from '../../../src/services/registry.ts'
import { ACCOUNT, REGION } from '../../support/service.ts'
import { trust } from '../../support/sessions.ts'
import type { Cell } from './cell.ts'
import { referencesOf, triesOtherPartition, WITH_ARNS } from './members.ts'
import { queryCells, type QueryScene } from './query-cells.ts'
import {
  ALWAYS_REFUSED,
  deletedThings,
  makeThings,
  queryBase,
  type QueryOperation,
  type Things,
} from './query-inputs.ts'
import { SubstitutionWorld } from './world.ts'

const DECLARED = (['iam', 'sts'] as const).flatMap((service) =>
  [...OPERATIONS.of(service).keys()].map((name) => ({ service, name }) as QueryOperation),
)

let world: SubstitutionWorld
let foreign: QueryScene['foreign']

before(async () => {
  world = await SubstitutionWorld.open()
  foreign = {
    otherAccounts: await makeThings(world, world.partner),
    deleted: await deletedThings(world, world.admin),
    second: await makeThings(world, world.admin),
  }
  await makeThings(world, world.partner)
})
after(() => world[Symbol.asyncDispose]())

for (const operation of DECLARED) {
  const { service, name } = operation
  const members = referencesOf(service, name)
  test(`${service}:${name} takes no reference that belongs to something else (${members.length} kinds)`, async () => {
    const { base, caller, things } = await baseOf(operation)
    const wrong: string[] = []
    for (const member of members) {
      const cells = await queryCells({ world, operation: name, member, base, caller, foreign })
      const tried = cells.some(({ request }) => triesOtherPartition(request, member.path))
      assert.equal(tried, WITH_ARNS.has(member.kind), `${member.path}: another partition`)
      for (const cell of cells) {
        const problem = await problemOf(operation, cell)
        if (problem !== undefined) wrong.push(`${member.path}: ${cell.substitute}: ${problem}`)
      }
    }
    assert.deepEqual(wrong, [])
    // The same request with its own references is right: what refused the others was the substitute.
    assert.match(await said(operation, base, caller), ALWAYS_REFUSED[name] ?? /^it succeeded$/)
    // An account has a hundred providers at most.
    const { OpenIDConnectProviderArn } = things
    await world.service.iam('DeleteOpenIDConnectProvider', { OpenIDConnectProviderArn }, world.admin)
  })
}

async function baseOf(
  operation: QueryOperation,
): Promise<{ base: Record<string, unknown>; caller: Caller; things: Things }> {
  const things = await makeThings(world, world.admin)
  if (operation.name !== 'AssumeRoleWithWebIdentity') {
    return { base: await queryBase(operation, world, things, world.admin), caller: world.admin, things }
  }
  const RoleName = world.fresh('pods')
  const { OpenIDConnectProviderArn: Federated } = things
  const condition = { StringEquals: { [`${issuerOf(Federated)}:sub`]: 'subject' } }
  const AssumeRolePolicyDocument = trust({ Federated }, `sts:${operation.name}`, condition)
  await world.service.iam('CreateRole', { RoleName, AssumeRolePolicyDocument }, world.admin)
  const RoleArn = `arn:aws:iam::${ACCOUNT}:role/${RoleName}`
  return { base: { RoleArn, RoleSessionName: 'pod', WebIdentityToken: 'a.b.c' }, caller: webIdentity(things), things }
}

/** Who has a token of the account's provider, once it was verified. */
function webIdentity({ OpenIDConnectProviderArn: provider }: Things): Caller {
  const principalId = `${issuerOf(provider)}:subject`
  return {
    principal: { type: 'WebIdentity', arn: provider, accountId: ACCOUNT, principalId },
    accessKeyId: '',
    region: REGION,
    service: 'sts',
    webIdentity: {
      issuer: 'https://issuer',
      provider,
      subject: 'subject',
      audience: 'first',
      claims: { [`${issuerOf(provider)}:sub`]: ['subject'] },
      tags: [],
      transitiveTagKeys: [],
    },
  }
}

function issuerOf(provider: string): string {
  return provider.split('/').at(-1) ?? ''
}

function send({ service, name }: QueryOperation, request: object, caller: Caller) {
  return world.service.query(service, name, request, caller)
}

/** What is wrong with the answer to one request, or nothing. */
async function problemOf(operation: QueryOperation, { request, caller, outcome }: Cell): Promise<string | undefined> {
  const answer = await said(operation, request, caller)
  // What a right request is told must not be told of a wrong one.
  if (ALWAYS_REFUSED[operation.name]?.test(answer)) return answer
  if (outcome instanceof RegExp) return outcome.test(answer) ? undefined : answer
  return answer === 'it succeeded' ? undefined : answer
}

async function said(operation: QueryOperation, request: object, caller: Caller): Promise<string> {
  const { status, body } = await send(operation, request, caller)
  return status === 200 ? 'it succeeded' : `${String(body['Code'])}: ${String(body['Message'])}`
}
