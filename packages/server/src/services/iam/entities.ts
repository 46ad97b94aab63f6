import { queryError, type ServiceError } from '@keyhold/protocol'
import type { Services } from '../../execution/services.ts'
import type { Caller } from '../../identity/accounts/caller.ts'
import type { Authentic } from '../../vault/records/authentic.ts'
import type { Changeset } from '../../vault/records/changeset.ts'
import type { EntityKind, EntityNameRecord } from '../../vault/records/entity-name.ts'
import type { GroupRecord } from '../../vault/records/group.ts'
import type { InstanceProfileRecord } from '../../vault/records/instance-profile.ts'
import type { ManagedPolicyRecord } from '../../vault/records/managed-policy.ts'
import type { RoleRecord, UserRecord } from '../../vault/records/principal.ts'

/** The record type of each kind of entity. */
export interface EntityRecords {
  user: UserRecord
  role: RoleRecord
  group: GroupRecord
  policy: ManagedPolicyRecord
  'instance-profile': InstanceProfileRecord
}

/** The caller, whose account is used, and the services. */
export interface Context {
  caller: Caller
  services: Services
}

/** An entity of the caller's account with its name. */
export interface NamedEntity<K extends EntityKind> {
  entry: Authentic<EntityRecords[K]>
  name: Authentic<EntityNameRecord>
}

/** Returns the entity of this name in the caller's account. Throws NoSuchEntity. */
export async function requireEntity<K extends EntityKind>(
  kind: K,
  name: string,
  context: Context,
): Promise<NamedEntity<K>> {
  const found = await findEntity(kind, name, context)
  if (found === undefined) throw noSuchEntity(kind, name)
  return found
}

/** Returns the entity of this name in the caller's account, or `undefined`. Names are case-insensitive. */
export async function findEntity<K extends EntityKind>(
  kind: K,
  wanted: string,
  { caller, services: { directory } }: Context,
): Promise<NamedEntity<K> | undefined> {
  const name = await directory.entityName({ accountId: caller.principal.accountId, kind, name: wanted })
  const entry = name && (await load(kind, name.value.entityId, directory))
  return name && entry && { name, entry: entry as Authentic<EntityRecords[K]> }
}

function load(kind: EntityKind, id: string, directory: Services['directory']): Promise<Authentic<unknown> | undefined> {
  if (kind === 'group') return directory.group(id)
  if (kind === 'instance-profile') return directory.instanceProfile(id)
  return kind === 'policy' ? directory.managedPolicy(id) : directory.principal(id)
}

/** IAM User Guide, "Troubleshoot IAM": the message for an unknown name. */
export function noSuchEntity(kind: EntityKind, name: string): ServiceError {
  const sentence =
    kind === 'instance-profile'
      ? `Instance Profile ${name} cannot be found.`
      : `The ${kind} with name ${name} cannot be found.`
  return queryError('NoSuchEntity', sentence)
}

/** Writes the entity's record with `change` applied. */
export function changeEntity<T extends EntityRecords[EntityKind]>(
  { entry }: { entry: Authentic<T> },
  change: Partial<T>,
  { changes }: { changes: Changeset },
): T {
  const record = { ...entry.value, ...change }
  changes.update(entry, record)
  return record
}

/** The error for deleting an entity that still has something attached: `must delete access keys first`. */
export function deleteConflict(what: string): ServiceError {
  return queryError('DeleteConflict', `Cannot delete entity, ${what}.`)
}
