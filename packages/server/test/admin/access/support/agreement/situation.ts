/** A random situation: policies, a key, grants, later changes of principals, and requests. */
import type { OperationName } from '@keyhold/protocol'
import type { Caller } from '../../../../../src/identity/accounts/caller.ts'
import { ACCOUNT, base64, OTHER_ACCOUNT } from '../../../../support/service.ts'
import type { Dice } from './dice.ts'
import { identityPolicy, keyPolicy } from './documents.ts'
import type { Entity, World } from './world.ts'

export interface Situation {
  keyId: string
  arn: string
  alias: string
  hasAlias: boolean
  /** A ciphertext of the key. */
  blob: string
  grants: readonly { GrantId: string; GrantToken: string }[]
  /** Grant tokens of another key. */
  foreignTokens: readonly string[]
}

/** A request, with what questions about it must state. */
export interface Asked {
  operation: OperationName
  input: Record<string, unknown>
  /** The action for `access can-i`; absent if it cannot ask like the request. */
  action?: string
  context?: Record<string, string> | undefined
  grantTokens?: readonly string[]
  byAlias?: true
}

const ALIAS = 'alias/app'
const CONTEXTS: readonly (Record<string, string> | undefined)[] = [
  undefined,
  {},
  { tenant: 'acme' },
  { tenant: 'umbrella', level: 'ten' },
  { level: '4', Tenant: 'acme' },
]

/** New policies for all entities, a new key with a policy and grants, and then a change that can revoke permissions. */
export async function arranged(dice: Dice, world: World): Promise<Situation> {
  for (const entity of dice.some(2, 3, () => dice.of(world.entities))) await setPolicies(dice, entity, world)
  const { keyId, arn, blob } = await newKey(world)
  const alias = `${ALIAS}-${keyId.slice(0, 8)}`
  const admin = world.adminOf(ACCOUNT)
  const hasAlias = !dice.once(3)
  if (hasAlias) await world.service.ok('CreateAlias', { AliasName: alias, TargetKeyId: keyId }, admin)
  const grants = await Promise.all(dice.once(2) ? [] : dice.some(1, 2, () => newGrant(dice, keyId, world)))
  await setKeyPolicy(dice, keyId, world)
  await history(dice, keyId, grants, world)
  return {
    keyId,
    arn,
    alias,
    hasAlias,
    blob,
    grants,
    foreignTokens: await world.tokensOfAnotherKey(() => newGrantElsewhere(dice, world)),
  }
}

async function newKey(world: World): Promise<{ keyId: string; arn: string; blob: string }> {
  const Tags = [{ TagKey: 'team', TagValue: 'blue' }]
  const { service } = world
  const admin = world.adminOf(ACCOUNT)
  const key = await service.createKey({ Tags }, admin)
  const { CiphertextBlob = '' } = await service.ok('Encrypt', { KeyId: key.keyId, Plaintext: base64('x') }, admin)
  return { ...key, blob: CiphertextBlob }
}

async function setPolicies(dice: Dice, entity: Entity, world: World): Promise<void> {
  const admin = world.adminOf(entity.accountId)
  const name = await world.nameOf(entity)
  const [title, member] = entity.kind === 'user' ? ['User', { UserName: name }] : ['Role', { RoleName: name }]
  for (const PolicyName of ['one', 'two']) {
    const input = { ...member, PolicyName, PolicyDocument: identityPolicy(dice) }
    await world.service.iam(`Put${title}Policy` as 'PutUserPolicy', input, admin)
  }
  if (!dice.once(4)) return
  const PermissionsBoundary = await world.boundary(dice, entity.accountId)
  await world.service.iam(
    `Put${title}PermissionsBoundary` as 'PutUserPermissionsBoundary',
    { ...member, PermissionsBoundary },
    admin,
  )
}

async function newGrant(dice: Dice, KeyId: string, world: World): Promise<{ GrantId: string; GrantToken: string }> {
  const parties = [...(await world.names()), `arn:aws:iam::${OTHER_ACCOUNT}:root`]
  const constraint = dice.of([
    {},
    {},
    { EncryptionContextSubset: { tenant: 'acme' } },
    { EncryptionContextEquals: { tenant: 'acme' } },
  ])
  const Operations = dice.of([
    ['Encrypt', 'Decrypt', 'GenerateDataKey', 'DescribeKey', 'RetireGrant'],
    ['Decrypt', 'DescribeKey'],
    ['Encrypt', 'RetireGrant'],
  ])
  const grant = {
    KeyId,
    GranteePrincipal: dice.of(parties),
    Operations,
    ...(dice.once(2) && { RetiringPrincipal: dice.of(parties) }),
    ...(Object.keys(constraint).length > 0 && { Constraints: constraint }),
  }
  return world.service.ok('CreateGrant', grant, world.adminOf(ACCOUNT))
}

/** A grant on a separate key. */
async function newGrantElsewhere(dice: Dice, world: World): Promise<string> {
  const { keyId } = await newKey(world)
  return (await newGrant(dice, keyId, world)).GrantToken
}

async function setKeyPolicy(dice: Dice, KeyId: string, world: World): Promise<void> {
  const Policy = keyPolicy(dice, await world.named())
  await world.service.ok('PutKeyPolicy', { KeyId, Policy }, world.adminOf(ACCOUNT))
}

/** A change after the policies were put: none, a rename, a replacement with the same name, or the end of a grant. */
async function history(dice: Dice, KeyId: string, grants: readonly { GrantId: string }[], world: World): Promise<void> {
  const users = world.entities.filter(({ kind }) => kind === 'user')
  const event = dice.below(6)
  if (event === 0) await world.rename(dice.of(users), dice.once(2) ? '/team/' : '/')
  if (event === 1) await world.replace(dice.of(world.entities))
  if (event === 2 && grants[0])
    await world.service.ok('RevokeGrant', { KeyId, GrantId: grants[0].GrantId }, world.adminOf(ACCOUNT))
}

/** Requests of every type. Those for a key name it by its ARN, or by its alias if it exists. */
export function request(dice: Dice, { arn, alias, blob, grants, foreignTokens }: Situation, caller: Caller): Asked {
  const byAlias = dice.once(4) && caller.principal.accountId === ACCOUNT
  const key = { KeyId: byAlias ? alias : arn }
  const context = dice.of(CONTEXTS)
  const EncryptionContext = context && { EncryptionContext: context }
  const grantTokens = dice.once(3) ? dice.of([foreignTokens, grants.map(({ GrantToken }) => GrantToken)]) : undefined
  const said = {
    ...(context && { context }),
    ...(grantTokens?.length && { grantTokens }),
    ...(byAlias && { byAlias: true as const }),
  }
  const GrantTokens = grantTokens?.length ? { GrantTokens: grantTokens } : {}
  const uses: (() => Asked)[] = [
    () => ({
      operation: 'Encrypt',
      action: 'Encrypt',
      input: { ...key, ...EncryptionContext, ...GrantTokens, Plaintext: base64('x') },
      ...said,
    }),
    () => ({
      operation: 'Encrypt',
      input: {
        ...key,
        ...EncryptionContext,
        ...GrantTokens,
        Plaintext: base64('x'),
        EncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
      },
      ...said,
    }),
    () => ({
      operation: 'Decrypt',
      action: 'Decrypt',
      input: { ...key, ...EncryptionContext, ...GrantTokens, CiphertextBlob: blob },
      ...said,
    }),
    () => ({
      operation: 'GenerateDataKey',
      action: 'GenerateDataKey',
      input: { ...key, ...EncryptionContext, ...GrantTokens, KeySpec: 'AES_256' },
      ...said,
    }),
    () => ({
      operation: 'ReEncrypt',
      input: { SourceKeyId: key.KeyId, DestinationKeyId: arn, CiphertextBlob: blob, ...GrantTokens },
    }),
    () => ({
      operation: 'DescribeKey',
      action: 'DescribeKey',
      input: { ...key, ...GrantTokens },
      ...said,
      context: undefined,
    }),
  ]
  const manages: (() => Asked)[] = [
    () => ({ operation: 'TagResource', input: { KeyId: arn, Tags: [{ TagKey: 'team', TagValue: 'blue' }] } }),
    () => ({ operation: 'UntagResource', input: { KeyId: arn, TagKeys: ['other'] } }),
    () => ({ operation: 'EnableKeyRotation', action: 'EnableKeyRotation', input: { KeyId: arn } }),
    () => ({ operation: 'ListGrants', action: 'ListGrants', input: { KeyId: arn } }),
    () => ({ operation: 'GetKeyPolicy', action: 'GetKeyPolicy', input: { KeyId: arn } }),
    () => ({ operation: 'CreateKey', input: { Tags: [{ TagKey: 'team', TagValue: dice.of(['blue', 'red']) }] } }),
    () => ({ operation: 'CreateKey', input: {} }),
    () => ({ operation: 'ScheduleKeyDeletion', input: { KeyId: arn, PendingWindowInDays: dice.of([7, 30]) } }),
  ]
  const [grant] = grants
  const grantful: (() => Asked)[] = grant
    ? [
        () => ({ operation: 'RetireGrant', input: { KeyId: arn, GrantId: grant.GrantId, DryRun: true } }),
        () => ({
          operation: 'RetireGrant',
          action: 'RetireGrant',
          input: { GrantToken: grant.GrantToken, DryRun: true },
          grantTokens: [grant.GrantToken],
        }),
        () => ({
          operation: 'RevokeGrant',
          action: 'RevokeGrant',
          input: { KeyId: arn, GrantId: grant.GrantId, DryRun: true },
        }),
      ]
    : []
  return dice.of(dice.once(2) ? uses : [...manages, ...grantful])()
}
