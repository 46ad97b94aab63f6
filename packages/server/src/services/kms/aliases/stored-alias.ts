import { byUtf8 } from '@keyhold/protocol'
import { aliasesOfKey } from '../../../identity/directory/key-aliases.ts'
import type { AliasRecord, KeyRecord } from '../../../domain/keys/record.ts'
import { aliasTable } from '../../../vault/records/alias.ts'
import type { Authentic } from '../../../vault/records/authentic.ts'
import type { Changeset } from '../../../vault/records/changeset.ts'
import type { RecordReader } from '../../../vault/records/records.ts'
import { rewriteKey } from '../multi-region/related-keys.ts'

interface Context {
  records: RecordReader
}

/** Adds to `changes` that a new alias points to `key`. */
export async function addAlias(
  record: AliasRecord,
  key: Authentic<KeyRecord>,
  context: Context,
  changes: Changeset,
): Promise<void> {
  changes.insert(aliasTable, record)
  await nameKey(key, record.name, context, changes)
}

/** Adds to `changes` that an alias points from one key to the other, which may be the same. */
export async function moveAlias(
  alias: Authentic<AliasRecord>,
  { from, to, nowMs }: { from: Authentic<KeyRecord>; to: Authentic<KeyRecord>; nowMs: number },
  context: Context,
  changes: Changeset,
): Promise<void> {
  const { name } = alias.value
  changes.update(alias, { ...alias.value, targetKeyId: to.value.keyId, updatedMs: nowMs })
  if (from.id !== to.id) await unnameKey(from, name, context, changes)
  await nameKey(to, name, context, changes)
}

/** Adds to `changes` that an alias is gone. */
export async function removeAlias(
  alias: Authentic<AliasRecord>,
  key: Authentic<KeyRecord>,
  context: Context,
  changes: Changeset,
): Promise<void> {
  changes.delete(alias)
  await unnameKey(key, alias.value.name, context, changes)
}

async function nameKey(key: Authentic<KeyRecord>, name: string, context: Context, changes: Changeset): Promise<void> {
  const others = (await aliasesOfKey(key.value, context)).filter((other) => other !== name)
  rewriteKey(key, { aliases: [...others, name].toSorted(byUtf8) }, changes)
}

async function unnameKey(key: Authentic<KeyRecord>, name: string, context: Context, changes: Changeset): Promise<void> {
  const aliases = (await aliasesOfKey(key.value, context)).filter((other) => other !== name)
  rewriteKey(key, { aliases }, changes)
}
