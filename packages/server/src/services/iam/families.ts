import type { IamOperationName } from '@keyhold/protocol'
import type { OwnConditions } from '../../domain/policy/request-facts.ts'
import type { PolicyHolder } from '../../vault/records/entity-name.ts'
import type { Needed } from '../../execution/needed.ts'
import { type Context, type NamedEntity, requireEntity } from './entities.ts'
import { neededOn } from './needed.ts'

/**
 * Kinds of entities with operations that differ only in names: `PutUserPolicy` takes a `UserName`, `PutRolePolicy` a
 * `RoleName`. Each family of operations is declared once, with the types of the user's operation. Its builder is the
 * only place that uses one entity's names for another's.
 */
export interface Family<K extends PolicyHolder = PolicyHolder> {
  kind: K
  /** As in the names of operations. */
  title: Capitalize<K>
  /** The parameter that names the entity. */
  member: 'UserName'
}

/** The operations on users. */
export const USERS: Family<'user'> = { kind: 'user', title: 'User', member: 'UserName' }
/** The operations on roles. */
export const ROLES: Family<'role'> = { kind: 'role', title: 'Role', member: 'RoleName' as 'UserName' }
/** The operations on groups. */
export const GROUPS: Family<'group'> = { kind: 'group', title: 'Group', member: 'GroupName' as 'UserName' }

/** Returns the name in a request, whatever its parameter is called. */
export function nameIn({ member }: Family, input: object): string {
  return (input as Record<Family['member'], string>)[member]
}

/** Returns the entity that a request names. Throws NoSuchEntity. */
export function entityIn<K extends PolicyHolder>(
  family: Family<K>,
  call: Context & { input: object },
): Promise<NamedEntity<K>> {
  return requireEntity(family.kind, nameIn(family, call.input), call)
}

/** The `needs` of an operation of a family: its action, on the entity that the request names. */
export function needsOn<K extends PolicyHolder>(
  action: IamOperationName,
  { kind, ...family }: Family<K>,
  conditionsOf?: (record: object | undefined, input: object) => OwnConditions,
): (input: object, context: Context) => Promise<Needed[]> {
  return async (input, context) => {
    const name = nameIn({ kind, ...family }, input)
    const conditions = conditionsOf && ((record: object | undefined): OwnConditions => conditionsOf(record, input))
    return [await neededOn(action, { kind, name }, context, conditions)]
  }
}
