import { readRecords } from '../audit/read-records.ts'
import type { AuditRecord } from '../audit/record.ts'
import { AccessError } from './access-error.ts'

/** The record of a request. Throws {@link AccessError} where the audit log has none. */
export async function findRecord(auditFolder: string, requestId: string): Promise<AuditRecord> {
  for await (const record of readRecords(auditFolder, { requestId })) return record
  throw new AccessError(
    'question',
    `The audit log has no record of a request ${requestId}. Requests whose signature did not verify have none of their own.`,
  )
}
