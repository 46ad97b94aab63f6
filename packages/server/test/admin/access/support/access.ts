import { join } from 'node:path'
import type { AccessContext } from '../../../../src/admin/access/access-context.ts'
import { readRecords } from '../../../../src/audit/read-records.ts'
import type { AuditRecord } from '../../../../src/audit/record.ts'
import type { TestService } from '../../../support/service.ts'

export function contextOf({ services, folder }: TestService): AccessContext {
  return { services, auditFolder: join(folder, 'audit') }
}

/** Returns the record of the latest request. */
export async function lastRecord(service: TestService): Promise<AuditRecord> {
  let last: AuditRecord | undefined
  for await (const record of readRecords(contextOf(service).auditFolder)) last = record
  if (last === undefined) throw new Error('nothing is recorded')
  return last
}
