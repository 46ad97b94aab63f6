import { resolve } from 'node:path'
import { StorageError } from '../storage-error.ts'
import type { LedgerReport } from '../journal.ts'
import type { OpenedStore, Use } from '../opened-store.ts'
import { checkDatabaseFile } from './files.ts'
import { inspectAtOpening } from './inspect-database.ts'
import { BUSY_TIMEOUT_MS, openSqliteStore, type SqliteStoreOptions } from './sqlite-store.ts'

type InspectedOptions = Omit<SqliteStoreOptions, 'create' | 'readOnly'> & { use: Use }

/**
 * Opens a database that was compared with its ledger before anything could change its file. SQLite takes any
 * write-ahead log that lies beside a file for the file's own; once it is copied into the file there is no way back. So
 * the inspection reads both as they are, and copies nothing. Rejects with {@link StorageError}: `tampered` with what
 * it found, `missing` when there is no database.
 */
export async function openInspected({ use, ...options }: InspectedOptions): Promise<OpenedStore> {
  if (use === 'create') return { store: await openSqliteStore({ ...options, create: true }) }
  await checkDatabaseFile(resolve(options.file))
  const inspected = await inspectAtOpening({ ...options, file: resolve(options.file), busyTimeoutMs: BUSY_TIMEOUT_MS })
  if (use === 'accept') refuseUnless(inspected.isUsable, inspected)
  if (use === 'change') refuseUnless(inspected.problems.length === 0, inspected)
  if (use !== 'look') return { store: await openSqliteStore(options), inspected }
  if (inspected.problems.length > 0) options.logger?.warn('the database is not as Keyhold left it', { ...inspected })
  // A database of an older Keyhold has no ledger: it begins with the first process that opens it, whatever for.
  const isOlder = inspected.ledger === undefined && inspected.problems.length === 0
  return { store: await openSqliteStore({ ...options, readOnly: !isOlder }), inspected }
}

function refuseUnless(isAcceptable: boolean, { problems }: LedgerReport): void {
  if (isAcceptable) return
  throw new StorageError(
    'tampered',
    'The database is not as Keyhold left it: it was changed from outside, or a write-ahead log lies beside a copy of ' +
      `another time. Nothing was changed. ${problems.join(' ')}`,
  )
}
