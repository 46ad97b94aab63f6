import { aliasesOfKey } from '../../../identity/directory/key-aliases.ts'
import type { Hierarchy } from '../../../vault/hierarchy/hierarchy.ts'
import type { KeyRecord } from '../../../domain/keys/record.ts'
import type { Random } from '../../../platform/random.ts'
import { everyRow } from '../../../vault/storage/every-row.ts'
import type { Row, Store } from '../../../vault/storage/store.ts'
import { keyRow } from '../../../services/kms/keys/new-key.ts'
import { rewriteRow } from './rewrite-row.ts'

interface Context {
  store: Store
  hierarchy: Hierarchy
  random: Random
}

/** Copies the names of aliases, which an earlier build stored only in their own rows, into the rows of their keys. */
export async function bindAliases(context: Context): Promise<void> {
  for await (const { target: id } of everyRow((page) => context.store.list('alias', page))) {
    await rewriteRow({ table: 'key', id }, (row) => withAliases(row, context), context)
  }
}

async function withAliases(row: Row, context: Context): Promise<Row | undefined> {
  const record = JSON.parse(row.body) as KeyRecord
  if (record.aliases) return undefined
  return keyRow(context.hierarchy, { ...record, aliases: await aliasesOfKey(record, context) }, row.version + 1)
}
