import { LedgerKeys } from '../ledger/ledger-keys.ts'
import type { LedgerReport } from '../journal.ts'
import { openForReading } from './connection.ts'
import { inspect } from './inspection.ts'
import type { InspectorSettings } from './messages.ts'

/** Inspects a database on the calling thread, over a separate read-only connection. Throws as {@link inspect}. */
export function inspectFile(settings: InspectorSettings): LedgerReport {
  const database = openForReading(settings)
  try {
    return inspect(database, new LedgerKeys(settings.ledgerKey))
  } finally {
    database.close()
  }
}
