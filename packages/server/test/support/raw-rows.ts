import type { Random } from '../../src/platform/random.ts'
import type { CommitResult, Row, Store } from '../../src/vault/storage/store.ts'

/** Writes rows as they are, authentic or not, each over the version before its own. */
export function writeRows({ store, random }: { store: Store; random: Random }, ...rows: Row[]): Promise<CommitResult> {
  const expect = rows.map(({ table, id, version }) => ({ table, id, version: version - 1 }))
  return store.commit({ id: random.uuid(), expect, put: rows, delete: [], audit: [] })
}
