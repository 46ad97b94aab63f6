import type { Hierarchy, SealedBytes } from '../hierarchy/hierarchy.ts'
import { Changeset } from './changeset.ts'
import type { Records } from './records.ts'
import type { Row, Store } from '../storage/store.ts'

interface Context {
  store: Store
  hierarchy: Hierarchy
  records: Records
}

/** Names a row of table `setting`. */
export const settingName = { name: 'setting' as const, id: (name: string): string => name }

/** Reads a row of table `setting`, authenticated, or `undefined`. */
export async function readSetting(
  name: string,
  { store, hierarchy }: Omit<Context, 'records'>,
): Promise<Row | undefined> {
  const row = await store.get('setting', name)
  return row && hierarchy.verify(row)
}

/**
 * Writes a row of table `setting` over `previous` (`undefined`: it must not exist yet). Resolves to false when
 * another writer was faster.
 */
export async function writeSetting(
  name: string,
  body: string,
  previous: Row | undefined,
  { records, hierarchy }: Context,
  { sealed }: { sealed?: SealedBytes } = {},
): Promise<boolean> {
  const changes = new Changeset()
  changes.update(await settingRow(name, body, { previous, sealed }, hierarchy))
  return (await records.commit(changes)).committed
}

/** The row that sets a setting, for whoever commits it together with something else. */
export function settingRow(
  name: string,
  body: string,
  { previous, sealed }: { previous?: Row | undefined; sealed?: SealedBytes | undefined },
  hierarchy: Hierarchy,
): Promise<Row> {
  const row = {
    table: 'setting' as const,
    id: name,
    owner: '',
    target: '',
    dueMs: null,
    version: (previous?.version ?? 0) + 1,
    body,
    sealed: sealed?.bytes ?? null,
  }
  return hierarchy.authenticate(row, sealed?.generation)
}
