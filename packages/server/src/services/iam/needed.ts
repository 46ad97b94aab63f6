import type { IamOperationName } from '@keyhold/protocol'
import type { PolicyReference } from '../../domain/policy/policy-reference.ts'
import type { OwnConditions } from '../../domain/policy/request-facts.ts'
import type { EntityKind } from '../../vault/records/entity-name.ts'
import { entityArn } from '../../identity/accounts/entity-arns.ts'
import type { Tag } from '../../domain/keys/record.ts'
import type { Needed } from '../../execution/needed.ts'
import { type Context, type EntityRecords, findEntity } from './entities.ts'
import { findPolicy } from './policies/managed-policies.ts'

/** Condition keys of an entity besides its tags, for the operations that have them. */
type ConditionsOf<K extends EntityKind> = (record: EntityRecords[K] | undefined) => OwnConditions

/**
 * The permission for an action on an entity of the caller's account, whether it exists or not. A denial names it as AWS
 * does in public reports: `user bob`, `role r1`, `group g1`, `policy arn:…`.
 */
export async function neededOn<K extends Exclude<EntityKind, 'policy'>>(
  action: IamOperationName | 'PassRole',
  { kind, name }: { kind: K; name: string },
  context: Context,
  conditionsOf: ConditionsOf<K> = () => ({}),
): Promise<Needed> {
  const entity = await findEntity(kind, name, context)
  // If the entity does not exist, its ARN without a path is used, so that its existence is not revealed before the
  // check.
  const { path, name: own } = entity?.name.value ?? { path: '/', name }
  const resource = entityArn(kind, { accountId: context.caller.principal.accountId, path, name: own })
  const record = entity?.entry.value
  const rows = entity ? [entity.name, entity.entry] : []
  const needed = { action: `iam:${action}`, resource, tags: tagsOf(record), rows, conditions: conditionsOf(record) }
  // Named as in the request: the path, or the stored case of the name, would reveal that the entity exists. AWS names a
  // passed role by its ARN.
  return action === 'PassRole' ? needed : { ...needed, named: `${kind.replace('-', ' ')} ${name}` }
}

/** The `needs` of an operation on a managed policy: its action, on the policy that the request names. */
export function needsOnPolicy(
  action: IamOperationName,
): (input: { PolicyArn: string }, context: Context) => Promise<Needed[]> {
  return async ({ PolicyArn }, context) => {
    const policy = await findPolicy(PolicyArn, context)
    const named = `policy ${PolicyArn}`
    const { record, own } = policy ?? {}
    return [{ action: `iam:${action}`, resource: PolicyArn, named, tags: record?.tags ?? [], rows: own ? [own] : [] }]
  }
}

/** The permission to create an entity. A denial names it by its future ARN, except for policies. */
export function neededToMake(
  action: IamOperationName,
  { kind, path, name }: { kind: EntityKind; path: string | undefined; name: string },
  { caller }: Pick<Context, 'caller'>,
  conditions: OwnConditions = {},
): Needed {
  const resource = entityArn(kind, { accountId: caller.principal.accountId, path: path ?? '/', name })
  return { action: `iam:${action}`, resource, ...(kind === 'policy' && { named: `policy ${name}` }), conditions }
}

/**
 * The permissions to change the name or path of an entity. UpdateUser, UpdateGroup: "you must have the appropriate
 * permissions on both the source object and the target object".
 */
export async function neededToRename(
  action: IamOperationName,
  place: { kind: 'user' | 'group'; name: string },
  renamed: { name: string | undefined; path: string | undefined },
  context: Context,
): Promise<Needed[]> {
  const source = await neededOn(action, place, context)
  const { named: _, ...target } = source
  const present = (await findEntity(place.kind, place.name, context))?.name.value ?? { ...place, path: '/' }
  const { path = present.path, name = present.name } = renamed
  const { accountId } = context.caller.principal
  return [source, { ...target, resource: entityArn(place.kind, { accountId, path, name }) }]
}

/** The permission to list entities below a path, as AWS's denials name it. */
export function neededToList(
  action: IamOperationName,
  kind: Exclude<EntityKind, 'policy'>,
  pathPrefix: string | undefined,
  { caller }: Pick<Context, 'caller'>,
): Needed {
  const below = { accountId: caller.principal.accountId, path: pathPrefix ?? '/', name: '' }
  return { action: `iam:${action}`, resource: entityArn(kind, below) }
}

/** iam:PermissionsBoundary: the boundary of the entity. */
export function boundaryCondition(record: object | undefined): OwnConditions {
  const { boundary } = (record ?? {}) as { boundary?: PolicyReference }
  return { 'iam:permissionsboundary': boundary?.arn }
}

function tagsOf(record: object | undefined): readonly Tag[] {
  return record && 'tags' in record ? (record.tags as readonly Tag[]) : []
}
