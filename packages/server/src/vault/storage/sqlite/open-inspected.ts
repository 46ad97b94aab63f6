import { existsSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { emptyDatabase } from './connection.ts'
import { isReadOnlyPlace } from '../../../platform/read-only-place.ts'
import { StorageError } from '../storage-error.ts'
import type { LedgerReport } from '../journal.ts'
import type { OpenedStore, Use } from '../opened-store.ts'
import { checkDatabaseFile } from './files.ts'
import { inspectAtOpening } from './inspect-database.ts'
import { BUSY_TIMEOUT_MS, openSqliteStore, type SqliteStoreOptions } from './sqlite-store.ts'

type InspectedOptions = Omit<SqliteStoreOptions, 'create' | 'readOnly'> & { use: Use }

/**
 * Opens a database after comparing it with its ledger, before anything can change its file. SQLite uses any write-ahead
 * log beside a file as the file's own; once it is copied into the file, that cannot be undone. So the inspection reads
 * both unchanged, and copies nothing. Rejects with {@link StorageError}: `tampered` with the contradictions, `missing`
 * if there is no database.
 */
export async function openInspected({ use, ...options }: InspectedOptions): Promise<OpenedStore> {
  if (use === 'create') return { store: await openSqliteStore({ ...options, create: true }) }
  await checkDatabaseFile(resolve(options.file))
  if ((await stat(options.file)).size === 0) throw emptyDatabase(options.file)
  requirePlace(resolve(options.file), use)
  const inspected = await inspectAtOpening({ ...options, file: resolve(options.file), busyTimeoutMs: BUSY_TIMEOUT_MS })
  if (use === 'accept') refuseUnless(inspected.isUsable, inspected)
  if (use === 'change' || use === 'upgrade') refuseUnless(inspected.problems.length === 0, inspected)
  if (inspected.ledgerRemoved === true && inspected.problems.length === 0) throw emptied()
  const isOlder = inspected.ledger === undefined && inspected.problems.length === 0
  if (isOlder && use !== 'upgrade') throw older(options.file)
  // What was there says that there must be more: there is nothing to look at, and nothing that may be taken over.
  if (use === 'look') refuseUnless(inspected.ledgerRemoved !== true, inspected)
  if (use !== 'look') return { store: await openSqliteStore(options), inspected }
  if (inspected.problems.length > 0) options.logger?.warn('the database is not as Keyhold left it', { ...inspected })
  return { store: await openSqliteStore({ ...options, readOnly: true }), inspected }
}

function emptied(): StorageError {
  return new StorageError('tampered', 'The database has no domain key: it was emptied. Restore a backup.')
}

/** What a folder needs before anything is done with it: no start changes its form behind its operator's back. */
function older(file: string): StorageError {
  const command = `keyhold operator upgrade --data ${dirname(resolve(file))}`
  return new StorageError(
    'older-schema',
    `An earlier Keyhold made the database ${file}, and nothing was changed. Bring it up to date with: ${command}`,
  )
}

function refuseUnless(isAcceptable: boolean, { problems }: LedgerReport): void {
  if (isAcceptable) return
  throw new StorageError(
    'tampered',
    'The database is not as Keyhold left it: another program changed it, or a write-ahead log of another time is beside ' +
      `a copy of it. Nothing was changed. ${problems.join(' ')}`,
  )
}

/**
 * Says before SQLite does, in words of its own, what a file system that is mounted for reading only is good for. A log without
 * the file that its readers share cannot be read there, and the database without its log is an older one.
 */
function requirePlace(file: string, use: Use): void {
  const folder = dirname(file)
  if (!isReadOnlyPlace(folder)) return
  const place = `${folder} is on a file system that is mounted for reading only`
  if (use !== 'look')
    throw new StorageError('read-only', `${place}: it can be looked at, and neither served nor changed.`)
  if (existsSync(`${file}-wal`) && !existsSync(`${file}-shm`))
    throw new StorageError('read-only', `${place}, and ${file}-wal has changes that cannot be read there.`)
}
