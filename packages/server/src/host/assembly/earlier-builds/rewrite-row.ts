import type { Hierarchy } from '../../../vault/hierarchy/hierarchy.ts'
import type { Random } from '../../../platform/random.ts'
import { Changeset } from '../../../vault/storage/changeset.ts'
import type { Row, Store, TableName } from '../../../vault/storage/store.ts'

interface Context {
  store: Store
  hierarchy: Hierarchy
  random: Random
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
  const { store, hierarchy, random } = context
  for (;;) {
    const row = await store.get(table, id)
    const next = row && (await rewritten(await hierarchy.verify(row)))
    if (next === undefined) return
    const changes = new Changeset()
    changes.update(next)
    if ((await store.commit(changes.commit(random.uuid(), []))).committed) return
  }
}
