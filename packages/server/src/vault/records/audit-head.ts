import { defineTable, global } from './table.ts'

/** `audit`: heads of streams, each under its stream. `audit-index`: the one row that names the streams. */
type HeadList = 'audit' | 'audit-index'

/** What the database knows of the audit log (audit/head-rows.ts). */
export interface AuditHeadRecord {
  /** A stream, or what the index is called. */
  name: string
  list: HeadList
  says: unknown
}

export const auditHeadTable = defineTable({
  name: 'audit_head',
  id: ({ name }: Pick<AuditHeadRecord, 'name'>) => name,
  owner: ({ list }: Pick<AuditHeadRecord, 'list'>) => list,
  domain: global,
  read: ({ id, owner, body }): AuditHeadRecord => ({ name: id, list: owner as HeadList, says: JSON.parse(body) }),
  body: ({ says }) => JSON.stringify(says),
  absence: 'The stream has not begun. The index has all that have, so that one whose row was removed is missed.',
})
