import { byUtf8 } from '@keyhold/protocol'
import { aliasesOfKey } from '../../../identity/directory/key-aliases.ts'
import type { Entry } from '../../../vault/records/entry.ts'
import type { Hierarchy } from '../../../vault/hierarchy/hierarchy.ts'
import type { AliasRecord, KeyRecord } from '../../../domain/keys/record.ts'
import type { Changeset } from '../../../vault/storage/changeset.ts'
import { aliasRowId, keyRowId, placeOwner } from '../../../vault/storage/row-ids.ts'
import type { Row, Store } from '../../../vault/storage/store.ts'
import { rewriteKey } from '../multi-region/related-keys.ts'

/** The row of an alias at `version`, listed under its place and under its key. */
export function aliasRow(hierarchy: Hierarchy, record: AliasRecord, version: number): Promise<Row> {
  return hierarchy.authenticate({
    table: 'alias',
    id: aliasRowId(record, record.name),
    owner: placeOwner(record),
    target: keyRowId(record.region, record.targetKeyId),
    dueMs: null,
    version,
    body: JSON.stringify(record),
    sealed: null,
  })
}

interface Context {
  store: Store
  hierarchy: Hierarchy
}

/** Adds to `changes` that a new alias points to `key`. */
export async function addAlias(
  record: AliasRecord,
  key: Entry<KeyRecord>,
  context: Context,
  changes: Changeset,
): Promise<void> {
  changes.insert(await aliasRow(context.hierarchy, record, 1))
  await nameKey(key, record.name, context, changes)
}

/** Adds to `changes` that an alias points from one key to the other, which may be the same. */
export async function moveAlias(
  alias: Entry<AliasRecord>,
  { from, to, nowMs }: { from: Entry<KeyRecord>; to: Entry<KeyRecord>; nowMs: number },
  context: Context,
  changes: Changeset,
): Promise<void> {
  const record = { ...alias.value, targetKeyId: to.value.keyId, updatedMs: nowMs }
  changes.update(await aliasRow(context.hierarchy, record, alias.row.version + 1))
  if (from.row.id !== to.row.id) await unnameKey(from, record.name, context, changes)
  await nameKey(to, record.name, context, changes)
}

/** Adds to `changes` that an alias is gone. */
export async function removeAlias(
  alias: Entry<AliasRecord>,
  key: Entry<KeyRecord>,
  context: Context,
  changes: Changeset,
): Promise<void> {
  changes.delete(alias.row)
  await unnameKey(key, alias.value.name, context, changes)
}

async function nameKey(key: Entry<KeyRecord>, name: string, context: Context, changes: Changeset): Promise<void> {
  const others = (await aliasesOfKey(key.value, context)).filter((other) => other !== name)
  await rewriteKey(key, { aliases: [...others, name].toSorted(byUtf8) }, context, changes)
}

async function unnameKey(key: Entry<KeyRecord>, name: string, context: Context, changes: Changeset): Promise<void> {
  const aliases = (await aliasesOfKey(key.value, context)).filter((other) => other !== name)
  await rewriteKey(key, { aliases }, context, changes)
}
