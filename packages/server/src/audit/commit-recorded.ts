import type { Logger } from '../platform/logger.ts'
import type { Changeset } from '../vault/records/changeset.ts'
import type { Records } from '../vault/records/records.ts'
import type { Auditor } from './auditor.ts'
import type { AuditRecord } from './record.ts'

interface Context {
  records: Pick<Records, 'commit'>
  auditor: Auditor
  logger: Logger
}

/**
 * Commits a change together with its audit records. Resolves to false if another writer was faster. Rejects, and
 * changes nothing, while records cannot be relayed into the audit stream.
 */
export async function commitRecorded(
  changes: Changeset,
  described: readonly AuditRecord[],
  { records, auditor, logger }: Context,
): Promise<boolean> {
  auditor.requireRoom()
  const entries = described.map((record) => ({ eventId: record.eventId, record: auditor.encode(record) }))
  const result = await records.commit(changes, entries)
  if (!result.committed) return false
  // The records are durable in the database. If the stream cannot be written now, the relay retries later.
  await auditor
    .relay(entries)
    .catch((error: unknown) => logger.error('an audit record waits in the database to be relayed', { error }))
  return true
}
