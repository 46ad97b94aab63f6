import { readRecords } from '../../audit/read-records.ts'
import { beginningOfKind } from '../../audit/refusal-kind.ts'
import type { AuditRecord } from '../../audit/record.ts'
import { AccessError } from './access-error.ts'

/**
 * Returns the record of a request. For a request that was only counted, returns the record of the first of its kind.
 * Throws {@link AccessError} if the audit log has neither.
 */
export async function findRecord(auditFolder: string, requestId: string): Promise<AuditRecord> {
  for await (const record of readRecords(auditFolder, { requestId })) if (!record.counted) return record
  const requestIdBegins = beginningOfKind(requestId)
  if (requestIdBegins !== undefined) {
    for await (const record of readRecords(auditFolder, { requestIdBegins })) if (!record.counted) return record
  }
  throw new AccessError(
    'question',
    `The audit log has no record of a request ${requestId}. Requests whose signature did not verify have no record of their own.`,
  )
}
