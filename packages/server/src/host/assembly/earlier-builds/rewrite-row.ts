import { Changeset } from '../../../vault/records/changeset.ts'
import type { Records } from '../../../vault/records/records.ts'
import type { Table } from '../../../vault/records/table.ts'

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
