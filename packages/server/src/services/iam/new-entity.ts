import { queryError, type ServiceError } from '@keyhold/protocol'
import { type EntityKind, type EntityNameRecord, entityNameTable } from '../../vault/records/entity-name.ts'
import type { Table } from '../../vault/records/table.ts'
import type { Changeset } from '../../vault/records/changeset.ts'
import { requireRoomForEntity } from './account/account-quotas.ts'
import { type Context, type EntityRecords, findEntity, type NamedEntity } from './entities.ts'

type Change = Context & { changes: Changeset }

/** Adds a new entity with its name to `changes`. Throws EntityAlreadyExists or LimitExceeded. */
export async function addEntity<T, R extends T & { accountId: string; path: string }>(
  { kind, entityId, name }: Pick<EntityNameRecord, 'kind' | 'entityId' | 'name'>,
  table: Table<T>,
  record: R,
  change: Change,
): Promise<void> {
  await requireFree(kind, name, change)
  await requireRoomForEntity(kind, change)
  const { accountId, path } = record
  change.changes.insert(table, record)
  change.changes.insert(entityNameTable, { accountId, kind, entityId, name, path })
}

/** Changes the name or path of an entity, or both, in one commit with its record. Throws EntityAlreadyExists. */
export async function renameEntity<K extends EntityKind>(
  { entry, name: present }: NamedEntity<K>,
  { name, record }: { name: string; record: EntityRecords[K] },
  change: Change,
): Promise<void> {
  const { changes } = change
  const renamed = { ...present.value, name, path: record.path }
  if (entityNameTable.id(renamed) === present.id) changes.update(present, renamed)
  else {
    await requireFree(renamed.kind, name, change)
    changes.delete(present)
    changes.insert(entityNameTable, renamed)
  }
  changes.update(entry, record)
}

async function requireFree(kind: EntityKind, name: string, context: Context): Promise<void> {
  if (await findEntity(kind, name, context)) throw alreadyExists(kind, name)
}

/** AWS's message for each kind. */
const ALREADY_EXISTS: Readonly<Record<EntityKind, (name: string) => string>> = {
  user: (name) => `User with name ${name} already exists.`,
  role: (name) => `Role with name ${name} already exists.`,
  group: (name) => `Group with name ${name} already exists.`,
  policy: (name) => `A policy called ${name} already exists. Duplicate names are not allowed.`,
  'instance-profile': (name) => `Instance Profile ${name} already exists.`,
}

function alreadyExists(kind: EntityKind, name: string): ServiceError {
  return queryError('EntityAlreadyExists', ALREADY_EXISTS[kind](name))
}
