import type { KeyObject } from 'node:crypto'
import { resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { dataPaths } from './data-folder.ts'
import type { LedgerReport } from './journal.ts'
import { inspectFile } from './sqlite/inspect-file.ts'
import { descriptorOf } from './sqlite/pinned.ts'
import { applyChanges, DatabaseSnapshot } from './sqlite/snapshot.ts'
import { BUSY_TIMEOUT_MS } from './sqlite/sqlite-store.ts'

/** What a thread needs to take a snapshot of a data folder's database. */
export interface SnapshotPlace {
  file: string
  descriptor: number
}

/** Where the database of an open data folder is. Call it on the main thread (sqlite/pinned.ts). */
export function snapshotPlace(folder: string): SnapshotPlace {
  const file = resolve(dataPaths(folder).database)
  return { file, descriptor: descriptorOf(file) }
}

/** The database as it is now, for as long as this is open. */
export function takeSnapshot(place: SnapshotPlace): DatabaseSnapshot {
  return new DatabaseSnapshot({ ...place, busyTimeoutMs: BUSY_TIMEOUT_MS })
}

/** Applies the changes of an incremental backup to a database that nothing else has open: {@link applyChanges}. */
export function applyChangesTo(file: string, lines: Iterable<string>): void {
  using database = new DatabaseSync(file)
  database.exec('PRAGMA synchronous = FULL')
  applyChanges(database, lines)
}

/** Compares a database that nothing else has open with its ledger, on the calling thread. */
export function inspectCopy(file: string, ledgerKey: KeyObject): LedgerReport {
  return inspectFile({ file, ledgerKey, busyTimeoutMs: BUSY_TIMEOUT_MS })
}
