import type { IamOperationName } from '@keyhold/protocol'
import type { PolicyReference } from '../../domain/policy/policy-reference.ts'
import type { OwnConditions } from '../../domain/policy/request-facts.ts'
import { type EntityKind, entityArn } from '../../identity/accounts/entity-arns.ts'
import type { Tag } from '../../domain/keys/record.ts'
import type { Needed } from '../../execution/needed.ts'
import { type Context, type EntityRecords, findEntity } from './entities.ts'
import { findPolicy } from './policies/managed-policies.ts'

/** What policies can ask of an entity beyond its tags, in the operations whose conditions it is among. */
type ConditionsOf<K extends EntityKind> = (record: EntityRecords[K] | undefined) => OwnConditions

/**
 * The permission to do something to an entity of the caller's account, whether it exists or not. A denial names it as AWS
 * does in public reports: `user bob`, `role r1`, `group g1`, `policy arn:…`.
 */
export async function neededOn<K extends Exclude<EntityKind, 'policy'>>(
  action: IamOperationName | 'PassRole',
  { kind, name }: { kind: K; name: string },
  context: Context,
  conditionsOf: ConditionsOf<K> = () => ({}),
): Promise<Needed> {
  const entity = await findEntity(kind, name, context)
  // Of one that does not exist, the ARN without a path: whether it exists is not said before the caller may ask.
  const { path, name: own } = entity?.name.value ?? { path: '/', name }
  const resource = entityArn(kind, context.caller.principal.accountId, path, own)
  const record = entity?.entry.value
  const rows = entity ? [entity.name.row, entity.entry.row] : []
  const needed = { action: `iam:${action}`, resource, tags: tagsOf(record), rows, conditions: conditionsOf(record) }
  // Named as the request does: a path, or letters in another case, would say that the entity exists. The role that is passed
  // is named by its ARN on AWS.
  return action === 'PassRole' ? needed : { ...needed, named: `${kind.replace('-', ' ')} ${name}` }
}

/** The `needs` of an operation on a managed policy: its own action, on the policy that the request names. */
export function needsOnPolicy(
  action: IamOperationName,
): (input: { PolicyArn: string }, context: Context) => Promise<Needed[]> {
  return async ({ PolicyArn }, context) => {
    const policy = await findPolicy(PolicyArn, context)
    const named = `policy ${PolicyArn}`
    const { record, row } = policy ?? {}
    return [{ action: `iam:${action}`, resource: PolicyArn, named, tags: record?.tags ?? [], rows: row ? [row] : [] }]
  }
}

/** The permission to do something to what is not there yet. A denial names it by the ARN that it would have, but a policy. */
export function neededToMake(
  action: IamOperationName,
  { kind, path, name }: { kind: EntityKind; path: string | undefined; name: string },
  { caller }: Pick<Context, 'caller'>,
  conditions: OwnConditions = {},
): Needed {
  const resource = entityArn(kind, caller.principal.accountId, path ?? '/', name)
  return { action: `iam:${action}`, resource, ...(kind === 'policy' && { named: `policy ${name}` }), conditions }
}

/**
 * The permissions to give an entity another name or path. UpdateUser, UpdateGroup: "you must have the appropriate
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
  return [source, { ...target, resource: entityArn(place.kind, context.caller.principal.accountId, path, name) }]
}

/** The permission to list entities: below a path, as the sentence of a denial names it on AWS. */
export function neededToList(
  action: IamOperationName,
  kind: Exclude<EntityKind, 'policy'>,
  pathPrefix: string | undefined,
  { caller }: Pick<Context, 'caller'>,
): Needed {
  return { action: `iam:${action}`, resource: entityArn(kind, caller.principal.accountId, pathPrefix ?? '/', '') }
}

/** iam:PermissionsBoundary: the boundary that the entity has. */
export function boundaryCondition(record: object | undefined): OwnConditions {
  const { boundary } = (record ?? {}) as { boundary?: PolicyReference }
  return { 'iam:permissionsboundary': boundary?.arn }
}

function tagsOf(record: object | undefined): readonly Tag[] {
  return record && 'tags' in record ? (record.tags as readonly Tag[]) : []
}
