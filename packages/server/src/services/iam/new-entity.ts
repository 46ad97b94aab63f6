import { queryError, type ServiceError } from '@keyhold/protocol'
import type { EntityKind } from '../../vault/records/entity-name.ts'
import { type Entity, entityNameId, entityNameRow, entityRow, entityRows } from '../../identity/accounts/entity-rows.ts'
import type { Changeset } from '../../vault/records/changeset.ts'
import { requireRoomForEntity } from './account/account-quotas.ts'
import { type Context, type EntityRecords, findEntity, type NamedEntity } from './entities.ts'

type Change = Context & { changes: Changeset }

/** Adds a new entity with its name to `changes`. Throws EntityAlreadyExists or LimitExceeded. */
export async function addEntity(entity: Entity, change: Change): Promise<void> {
  await requireFree(entity.kind, entity.name, change)
  await requireRoomForEntity(entity.kind, change)
  for (const row of await entityRows(entity, change.services.hierarchy)) change.changes.insert(row)
}

/** Changes the name or path of an entity, or both, in one commit with its record. Throws EntityAlreadyExists. */
export async function renameEntity<K extends EntityKind>(
  kind: K,
  { entry, name: present }: NamedEntity<K>,
  renamed: { name: string; record: EntityRecords[K] },
  change: Change,
): Promise<void> {
  const { services, changes } = change
  const entity = { kind, id: entry.row.id, ...renamed }
  const { accountId } = renamed.record
  const sameRow = entityNameId(accountId, kind, renamed.name) === present.row.id
  if (!sameRow) await requireFree(kind, renamed.name, change)
  const nameRow = await entityNameRow(entity, sameRow ? present.row.version + 1 : 1, services.hierarchy)
  if (sameRow) changes.update(nameRow)
  else {
    changes.delete(present.row)
    changes.insert(nameRow)
  }
  changes.update(await entityRow(entity, entry.row.version + 1, services.hierarchy))
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
