import type { UnsealedRow } from '../../vault/hierarchy/hierarchy.ts'
import type { TableName } from '../../vault/storage/store.ts'

interface Place {
  target?: string
  /** 1 unless given: a new row. */
  version?: number
}

/** A row of one of the identity tables, before it is authenticated. */
export function identityRow(
  table: TableName,
  id: string,
  owner: string,
  record: object,
  { target = '', version = 1 }: Place = {},
): UnsealedRow {
  return { table, id, owner, target, dueMs: null, version, body: JSON.stringify(record), sealed: null }
}
