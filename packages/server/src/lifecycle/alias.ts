import type { Hierarchy } from '../hierarchy/hierarchy.ts'
import type { AliasRecord } from '../keys/record.ts'
import { aliasRowId, keyRowId, placeOwner } from '../storage/row-ids.ts'
import type { Row } from '../storage/store.ts'

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
