/** Substitutes for grants: by token, and by id. */
import type { OperationName } from '@keyhold/protocol'
import type { Caller } from '../../../src/identity/accounts/caller.ts'
import { base64 } from '../../support/service.ts'
import { type Cell, type Outcome, type KmsScene, replaced } from './cell.ts'

const DENIED = /^AccessDeniedException/
const INVALID = /^InvalidGrantTokenException/

interface Granted {
  GrantId: string
  GrantToken: string
}

/** What a grant must hold, where that is not what the operation is called. */
const GRANTED: Partial<Record<OperationName, readonly string[]>> = {
  ReEncrypt: ['ReEncryptFrom', 'ReEncryptTo'],
  CreateGrant: ['CreateGrant', 'DescribeKey'], // a grantee hands on only what the grant has
  RetireGrant: ['DescribeKey', 'RetireGrant'],
}

/** GrantTokens: the caller has nothing but the grant that the token names. */
export async function grantCells(scene: KmsScene): Promise<Cell[]> {
  const { world, operation, base } = scene
  const { grantee, owner, admin, partner, adminElsewhere, service } = world
  const { othersKey, otherAccounts, otherRegions, second, deleted } = await world.foreignKeys(operation)
  const own = ownGrant(scene)
  const token = async (...args: Parameters<typeof own>): Promise<string> => (await own(...args)).GrantToken
  const former = await tokenOfFormerUser(scene)
  const revoked = await own(base.keyId, grantee, admin)
  await service.ok('RevokeGrant', { KeyId: base.keyId, GrantId: revoked.GrantId }, admin)
  const rows: [string, string, Outcome, Caller][] = [
    ["a grant on another principal's key", await token(othersKey.keyId, grantee, owner), DENIED, grantee],
    ["a grant on another account's key", await token(otherAccounts.keyId, grantee, partner), DENIED, grantee],
    ["a grant on the caller's second key", await token(second.keyId, grantee, admin), DENIED, grantee],
    ["a grant on another Region's key", await token(otherRegions.keyId, grantee, adminElsewhere), INVALID, grantee],
    ['a grant to another user', await token(base.keyId, owner, admin), DENIED, grantee],
    [
      'a grant for another operation',
      await token(base.keyId, grantee, admin, otherOperation(operation)),
      DENIED,
      grantee,
    ],
    ['a revoked grant', revoked.GrantToken, DENIED, grantee],
    ['a grant to a deleted user, by its successor', former.token, DENIED, former.successor],
    [
      "a deleted key's import token, marker or other text",
      base64(`${deleted.keyId}${deleted.keyId}`),
      INVALID,
      grantee,
    ],
  ]
  const { KeyId } = base.input
  const input = { ...base.input, ...(KeyId !== undefined && { KeyId: base.arn }) }
  return rows.map(([substitute, GrantToken, outcome, caller]) => ({
    substitute,
    request: { ...input, GrantTokens: [GrantToken] },
    caller,
    outcome,
  }))
}

/** The request that the right token lets the grantee make. */
export async function rightToken({ world, operation, base }: KmsScene): Promise<{ request: object; caller: Caller }> {
  const { GrantToken } = await ownGrant({ world, operation })(base.keyId, world.grantee, world.admin)
  const { KeyId } = base.input
  const input = { ...base.input, ...(KeyId !== undefined && { KeyId: base.arn }) }
  return { request: { ...input, GrantTokens: [GrantToken] }, caller: world.grantee }
}

/** RetireGrant's GrantToken, without which it is asked by key and id. */
export async function grantTokenCells(scene: KmsScene): Promise<Cell[]> {
  const { world, base, operation } = scene
  const { grantee, owner, partner, admin, adminElsewhere, service } = world
  const { othersKey, otherAccounts, otherRegions } = await world.foreignKeys(operation)
  const own = ownGrant(scene)
  const revoked = await own(base.keyId, grantee, admin)
  await service.ok('RevokeGrant', { KeyId: base.keyId, GrantId: revoked.GrantId }, admin)
  const former = await tokenOfFormerUser(scene)
  const rows: [string, string, Outcome, Caller][] = [
    [
      "a grant on another principal's key, to another",
      (await own(othersKey.keyId, owner, owner)).GrantToken,
      DENIED,
      grantee,
    ],
    [
      "a grant on another account's key, to another",
      (await own(otherAccounts.keyId, partner, partner)).GrantToken,
      DENIED,
      grantee,
    ],
    [
      "a grant on another Region's key",
      (await own(otherRegions.keyId, grantee, adminElsewhere)).GrantToken,
      INVALID,
      grantee,
    ],
    ['a grant to another user', (await own(base.keyId, owner, admin)).GrantToken, DENIED, grantee],
    ['a revoked grant', revoked.GrantToken, DENIED, grantee],
    ['a grant to a deleted user, by its successor', former.token, DENIED, former.successor],
  ]
  return rows.map(([substitute, GrantToken, outcome, caller]) => ({
    substitute,
    request: { GrantToken },
    caller,
    outcome,
  }))
}

/** GrantId beside the key that it is on. */
export async function grantIdCells(scene: KmsScene): Promise<Cell[]> {
  const { world, base, operation } = scene
  const { grantee, owner, partner, admin, adminElsewhere, service } = world
  const { othersKey, otherAccounts, otherRegions, second } = await world.foreignKeys(operation)
  const own = ownGrant({ world, operation: 'DescribeKey' })
  const id = async (...args: Parameters<typeof own>): Promise<string> => (await own(...args)).GrantId
  const revoked = await id(base.keyId, grantee, admin)
  await service.ok('RevokeGrant', { KeyId: base.keyId, GrantId: revoked }, admin)
  const outcome = operation === 'RetireGrant' ? DENIED : /^NotFoundException/
  return replaced(scene, [
    ["of another principal's key", await id(othersKey.keyId, grantee, owner), outcome],
    ["of another account's key", await id(otherAccounts.keyId, grantee, partner), outcome],
    ["of another Region's key", await id(otherRegions.keyId, grantee, adminElsewhere), outcome],
    ["of the caller's second key", await id(second.keyId, grantee, admin), outcome],
    ['a revoked one', revoked, outcome],
  ])
}

/** Makes a grant for the operation. */
function ownGrant({ world, operation }: Pick<KmsScene, 'world' | 'operation'>) {
  return (KeyId: string, to: Caller, by: Caller, operations = GRANTED[operation] ?? [operation]): Promise<Granted> =>
    world.service.ok<Granted & Record<string, string>>(
      'CreateGrant',
      { KeyId, GranteePrincipal: to.principal.arn, Operations: operations },
      by,
    )
}

/** Something else that suits every key. */
function otherOperation(operation: OperationName): string[] {
  return [operation === 'DescribeKey' ? 'RetireGrant' : 'DescribeKey']
}

/** A token of a grant to a user that has been deleted since, and another user of that name. */
async function tokenOfFormerUser(scene: KmsScene): Promise<{ token: string; successor: Caller }> {
  const { world, base } = scene
  const name = world.fresh('former')
  const former = await world.service.user(name)
  const { GrantToken: token } = await ownGrant(scene)(base.keyId, former, world.admin)
  await world.service.iam('DeleteUser', { UserName: name })
  return { token, successor: { ...(await world.service.user(name)), service: 'kms' } }
}
