import { LedgerKeys } from '../ledger/ledger-keys.ts'
import type { LedgerReport } from '../store.ts'
import { openForReading } from './connection.ts'
import { inspect } from './inspection.ts'
import { LedgerTable, type RowRange } from './ledger-table.ts'
import type { InspectorSettings, SummedPart } from './messages.ts'
import { sumInParts } from './sum-in-parts.ts'

/**
 * Inspects a database on the calling thread, over a connection of its own that cannot write. With more than one thread
 * others sum some of the rows. Throws as {@link inspect}.
 */
export async function inspectFile(settings: InspectorSettings, threads = 1): Promise<LedgerReport> {
  const database = openForReading(settings)
  try {
    const elsewhere = (table: LedgerTable) => sumInParts(table, settings, threads)
    return await inspect(database, new LedgerKeys(settings.ledgerKey), threads > 1 ? elsewhere : undefined)
  } finally {
    database.close()
  }
}

/** Sums a part of the rows, in one snapshot. Throws what SQLite throws, and TypeError for texts that we never wrote. */
export function sumPart(settings: InspectorSettings, range: RowRange): SummedPart {
  const database = openForReading(settings)
  try {
    database.exec('BEGIN')
    const table = new LedgerTable(database, new LedgerKeys(settings.ledgerKey))
    const stamp = table.stamp()
    const sum = table.newSum()
    table.addRows(sum, range)
    return { ...sum.part(), stamp }
  } finally {
    database.close()
  }
}
