import type { Logger } from '../platform/logger.ts'
import type { Random } from '../platform/random.ts'
import type { Changeset } from '../vault/storage/changeset.ts'
import type { Store } from '../vault/storage/store.ts'
import type { Auditor } from './auditor.ts'
import type { AuditRecord } from './record.ts'

interface Context {
  store: Store
  auditor: Auditor
  random: Random
  logger: Logger
}

/**
 * Commits a change together with its audit records. Resolves to false if another writer was faster. Rejects, and
 * changes nothing, while records cannot be relayed into the audit stream.
 */
export async function commitRecorded(
  changes: Changeset,
  records: readonly AuditRecord[],
  { store, auditor, random, logger }: Context,
): Promise<boolean> {
  auditor.requireRoom()
  const entries = records.map((record) => ({ eventId: record.eventId, record: auditor.encode(record) }))
  const result = await store.commit(changes.commit(random.uuid(), entries))
  if (!result.committed) return false
  // The records are durable in the database. If the stream cannot be written now, the relay retries later.
  await auditor.relay(entries).catch((error: unknown) => logger.error('audit relay failed', { error }))
  return true
}
