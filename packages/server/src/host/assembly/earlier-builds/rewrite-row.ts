import type { Hierarchy } from '../../../vault/hierarchy/hierarchy.ts'
import { Changeset } from '../../../vault/records/changeset.ts'
import type { Records } from '../../../vault/records/records.ts'
import type { Table } from '../../../vault/records/table.ts'
import type { Row, Store, TableName } from '../../../vault/storage/store.ts'

interface Context {
  store: Store
  hierarchy: Hierarchy
  records: Records
}

/**
 * Writes the next version of a row, which `rewritten` makes from the verified row; `undefined` leaves it unchanged.
 * Retries if another process was faster, because that process can have written outdated content.
 */
export async function rewriteRow(
  { table, id }: { table: TableName; id: string },
  rewritten: (row: Row) => Promise<Row | undefined>,
  context: Context,
): Promise<void> {
  const { store, hierarchy, records } = context
  for (;;) {
    const row = await store.get(table, id)
    const next = row && (await rewritten(await hierarchy.verify(row)))
    if (next === undefined) return
    const changes = new Changeset()
    changes.update(next)
    if ((await records.commit(changes)).committed) return
  }
}

/**
 * Writes what `rewrite` makes of a record over it; `undefined` leaves it as it is. Starts over when another process was
 * faster: that one may have written what it had read before.
 */
export async function rewritten<T>(
  table: Table<T>,
  id: string,
  rewrite: (record: T) => Promise<T | undefined>,
  records: Records,
): Promise<void> {
  for (;;) {
    const stored = await records.byId(table, id)
    const next = stored && (await rewrite(stored.value))
    if (stored === undefined || next === undefined) return
    const changes = new Changeset()
    changes.update(stored, next)
    if ((await records.commit(changes)).committed) return
  }
}
