import { join } from 'node:path'
import { readRecords } from '../../src/audit/read-records.ts'
import type { AuditRecord } from '../../src/audit/record.ts'
import type { TestService } from './service.ts'

/** Every audit record, as it is read back. */
export async function recordsOf(service: TestService): Promise<AuditRecord[]> {
  const records: AuditRecord[] = []
  for await (const record of readRecords(join(service.folder, 'audit'))) records.push(record)
  // Through JSON, so that objects have the prototypes that deepEqual compares with.
  return JSON.parse(JSON.stringify(records)) as AuditRecord[]
}
