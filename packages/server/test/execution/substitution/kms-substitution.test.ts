import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { OperationName } from '@keyhold/protocol'
import type { KeyState } from '../../../src/domain/keys/record.ts'
import type { Caller } from '../../../src/identity/accounts/caller.ts'
import { endTransitions } from '../../../src/jobs/transitions.ts'
import { notYet } from '../../../src/services/kms/not-yet.ts'
import { OPERATIONS } from '../../../src/services/registry.ts'
import { importInto, wrappedFor } from '../../support/import.ts'
import { prepared, REPLICA_REGION } from '../support/prepared.ts'
import type { Base, Cell } from './cell.ts'
import { rightToken } from './grant-cells.ts'
import { expiredImport } from './import-cells.ts'
import { kmsCells } from './kms-cells.ts'
import { sayOfTokens } from './can-i.ts'
import { referencesOf, triesOtherPartition, WITH_ARNS } from './members.ts'
import { material, SubstitutionWorld } from './world.ts'

const REFUSED = new Set(notYet.map(({ name }) => name))
const DECLARED = ([...OPERATIONS.of('kms').keys()] as OperationName[]).filter((name) => !REFUSED.has(name))

/** What the key must wait for, where it is not to be enabled. */
const STATES: Partial<Record<OperationName, KeyState>> = {
  CancelKeyDeletion: 'PendingDeletion',
  GetParametersForImport: 'PendingImport',
  ImportKeyMaterial: 'PendingImport',
}

let world: SubstitutionWorld

before(async () => void (world = await SubstitutionWorld.open()))
after(() => world[Symbol.asyncDispose]())

for (const operation of DECLARED) {
  const members = referencesOf('kms', operation)
  test(`${operation} takes no reference that belongs to something else (${members.length} kinds)`, async () => {
    await world.foreignKeys(operation)
    const base = await baseOf(operation)
    const wrong: string[] = []
    for (const member of members) {
      const cells = await kmsCells({ world, operation, member, base })
      const tried = cells.some(({ request }) => triesOtherPartition(request, member.path))
      assert.equal(tried, WITH_ARNS.has(member.kind), `${member.path}: another partition`)
      for (const cell of cells) {
        const problem = await problemOf(operation, cell)
        if (problem !== undefined) wrong.push(`${member.path}: ${cell.substitute}: ${problem}`)
        const said = await sayOfTokens(world.service, { operation, key: base.arn, request: cell.request }, cell.caller)
        if (said === 'yes') wrong.push(`${member.path}: ${cell.substitute}: can-i says yes`)
      }
    }
    assert.deepEqual(wrong, [])
    // The same request with its own references is right: what refused the others was the substitute.
    const granted = members.find(({ kind }) => kind === 'grantTokens')
    if (granted) {
      world.service.services.grantDelayMs = 3_600_000
      const { request, caller } = await rightToken({ world, operation, base, member: granted })
      world.service.services.grantDelayMs = 0
      const asked = { operation, key: base.arn, request }
      assert.equal(await sayOfTokens(world.service, asked, caller), 'yes', 'can-i, with the token')
      const untold = { ...asked, request: { ...request, GrantTokens: [] } }
      assert.equal(await sayOfTokens(world.service, untold, caller), 'no', 'can-i, without it')
      await world.service.ok(operation, request, caller)
    }
    await world.service.ok(operation, base.input, world.admin)
  })
}

test('an import token is of no use once it has expired', async () => {
  const operation = 'ImportKeyMaterial'
  const base = await baseOf(operation)
  const member = { path: 'ImportToken', kind: 'importToken' } as const
  assert.equal(await problemOf(operation, await expiredImport({ world, operation, base, member })), undefined)
})

test('related keys share neither grants nor import tokens nor key ids across Regions', async () => {
  const { service, admin, adminElsewhere, grantee } = world
  const granteeElsewhere = { ...grantee, region: REPLICA_REGION }
  const { keyId, arn } = await service.createKey({ MultiRegion: true, Origin: 'EXTERNAL' }, admin)
  const bytes = material()
  await importInto(service, keyId, bytes, {}, admin)
  const { ReplicaKeyMetadata } = await service.ok<{ ReplicaKeyMetadata: { Arn: string } }>(
    'ReplicateKey',
    { KeyId: keyId, ReplicaRegion: REPLICA_REGION },
    admin,
  )
  await endTransitions(service.services)
  const replica = ReplicaKeyMetadata.Arn
  const wanted = { KeyId: keyId, GranteePrincipal: grantee.principal.arn, Operations: ['DescribeKey'] }
  const { GrantId, GrantToken } = await service.ok('CreateGrant', wanted, admin)
  await service.ok('DescribeKey', { KeyId: arn }, grantee)
  const withToken = { KeyId: replica, GrantTokens: [GrantToken] }
  const fault = (operation: OperationName, input: object, caller: Caller): Promise<string> =>
    service.fault(operation, input, caller)
  assert.match(await fault('DescribeKey', { KeyId: replica }, granteeElsewhere), /^AccessDeniedException/)
  assert.match(await fault('DescribeKey', withToken, granteeElsewhere), /^InvalidGrantTokenException/)
  assert.match(await fault('DescribeKey', { KeyId: arn }, adminElsewhere), /^NotFoundException/)
  assert.match(await fault('RevokeGrant', { KeyId: replica, GrantId }, adminElsewhere), /^NotFoundException/)
  const sent = await wrappedFor(service, keyId, bytes, { caller: admin })
  assert.match(await fault('ImportKeyMaterial', { KeyId: replica, ...sent }, adminElsewhere), /^InvalidImportToken/)
  const own = await wrappedFor(service, keyId, bytes, { caller: adminElsewhere })
  await service.ok('ImportKeyMaterial', { KeyId: replica, ...own }, adminElsewhere)
})

async function baseOf(operation: OperationName): Promise<Base> {
  const base = await prepared(operation, STATES[operation] ?? 'Enabled', {
    service: world.service,
    caller: world.admin,
  })
  return { ...base, input: base.input as Record<string, unknown> }
}

/** What is wrong with the answer to one request, or nothing. */
async function problemOf(operation: OperationName, { request, caller, outcome }: Cell): Promise<string | undefined> {
  const { status, body } = await world.service.call(operation, request, caller)
  const said = status === 200 ? 'it succeeded' : `${String(body['__type'])}: ${String(body['message'])}`
  if (outcome instanceof RegExp) return outcome.test(said) ? undefined : said
  if (status !== 200) return said
  outcome.holds?.(body)
  return undefined
}
