import { aliasesOfKey } from '../directory/key-aliases.ts'
import type { Hierarchy } from '../hierarchy/hierarchy.ts'
import type { KeyRecord } from '../keys/record.ts'
import type { Random } from '../platform/random.ts'
import { Changeset } from '../storage/changeset.ts'
import { everyRow } from '../storage/every-row.ts'
import type { Store } from '../storage/store.ts'
import { rewriteKey } from './related-keys.ts'

interface Context {
  store: Store
  hierarchy: Hierarchy
  random: Random
}

/** Writes the names of aliases that an earlier build left in rows of their own alone into the rows of their keys. */
export async function bindAliases(context: Context): Promise<void> {
  for await (const { target } of everyRow((page) => context.store.list('alias', page))) await bindKey(target, context)
}

async function bindKey(id: string, context: Context): Promise<void> {
  const { store, hierarchy, random } = context
  const row = await store.get('key', id)
  if (row === undefined) return
  const value = JSON.parse((await hierarchy.verify(row)).body) as KeyRecord
  if (value.aliases) return
  const changes = new Changeset()
  await rewriteKey({ row, value }, { aliases: await aliasesOfKey(value, context) }, context, changes)
  const { committed } = await store.commit(changes.commit(random.uuid(), []))
  // Another process was faster, and may have written what it had read before.
  if (!committed) await bindKey(id, context)
}
