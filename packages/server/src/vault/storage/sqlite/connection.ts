import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'
import { isReadOnlyPlace } from '../../../platform/read-only-place.ts'
import { StorageError } from '../storage-error.ts'
import { storageError } from './errors.ts'
import { checkSchema } from './schema.ts'

/** Before 3.51.3 a reset of the write-ahead log could lose commits (https://www.sqlite.org/wal.html, section 11). */
const OLDEST_SQLITE = [3, 51, 3] as const

/** How long to wait before retrying to enter WAL mode while another process opens the same new file. */
const RETRY_MS = 20

/** How to open the database file. */
export interface ConnectionOptions {
  file: string
  busyTimeoutMs: number
}

/**
 * Opens a read-only connection. The file must have been opened by {@link openForWriting} before. On a read-only file system
 * SQLite cannot make the files that it shares with writers: without a log there is none, and the file is read as one that
 * does not change.
 */
export function openForReading(options: ConnectionOptions): DatabaseSync {
  return open(options, true, isOnlyReadable(options.file) ? unchanging(options.file) : options.file)
}

/**
 * Whether the file is on a file system that is mounted for reading only, and no process has it open elsewhere: those that do
 * keep a log beside it.
 */
function isOnlyReadable(file: string): boolean {
  return isReadOnlyPlace(dirname(file)) && !existsSync(`${file}-wal`)
}

function unchanging(file: string): URL {
  const url = pathToFileURL(file)
  url.searchParams.set('immutable', '1')
  return url
}

/**
 * Opens a connection that acknowledges nothing before it is on disk, and leaves no deleted bytes in the pages of the
 * file. `pragmas` are applied last and can undo that: tests use them to prove that they detect the difference.
 */
export function openForWriting(
  options: ConnectionOptions & { create: boolean; alone?: boolean },
  pragmas: readonly string[],
): DatabaseSync {
  const database = open(options, false)
  try {
    // Before anything is read: then no other connection can be there (https://www.sqlite.org/wal.html, section 8).
    if (options.alone === true) database.exec('PRAGMA locking_mode = EXCLUSIVE')
    prepare(database, options)
    for (const pragma of pragmas) database.exec(`PRAGMA ${pragma}`)
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

function prepare(database: DatabaseSync, options: ConnectionOptions & { create: boolean }): void {
  checkLibrary(database)
  // A foreign file must stay unchanged, so this comes before anything writes its header.
  if (checkSchema(database) === 0 && !options.create) throw emptyDatabase(options.file)
  enterWal(database, options.busyTimeoutMs)
  database.exec(`
    PRAGMA synchronous = FULL;     -- in WAL mode: fdatasync of the log before COMMIT returns
    PRAGMA secure_delete = ON;     -- zeros over deleted content
    PRAGMA trusted_schema = OFF;   -- a schema that was edited cannot call functions
    PRAGMA wal_autocheckpoint = 0; -- checkpointer.ts does it, after the results are out`)
}

/** Refuses an SQLite library that is older than `oldest`. */
export function checkLibrary(database: DatabaseSync, oldest: readonly number[] = OLDEST_SQLITE): void {
  const version = String(database.prepare('SELECT sqlite_version() AS version').get()?.version)
  const parts = version.split('.').map(Number)
  const index = oldest.findIndex((wanted, at) => parts[at] !== wanted)
  if (index === -1 || (parts[index] ?? 0) > (oldest[index] ?? 0)) return
  throw new StorageError(
    'unsupported',
    `This Node has SQLite ${version}, whose write-ahead log can lose commits. ` +
      `Use a Node with SQLite ${oldest.join('.')} or newer.`,
  )
}

/** The error for a database with nothing in it, where one must be that has something. */
export function emptyDatabase(file: string): StorageError {
  return new StorageError('missing', `The database ${file} is empty. Restore it from your backup.`)
}

function open({ file, busyTimeoutMs }: ConnectionOptions, readOnly: boolean, place: string | URL = file): DatabaseSync {
  return new DatabaseSync(place, {
    readOnly,
    timeout: busyTimeoutMs,
    enableForeignKeyConstraints: false,
    enableDoubleQuotedStringLiterals: false,
    allowExtension: false,
    defensive: true,
  })
}

/**
 * Enters WAL mode. It fails at once, whatever the busy timeout, while another process writes to the file that both have
 * just created, so it is retried. Blocks its thread, which is the writer's.
 */
function enterWal(database: DatabaseSync, timeoutMs: number): void {
  const sleeper = new Int32Array(new SharedArrayBuffer(4))
  for (let waitedMs = 0; ; waitedMs += RETRY_MS) {
    try {
      database.exec('PRAGMA journal_mode = WAL')
      return
    } catch (error) {
      if (waitedMs >= timeoutMs || storageError(error).code !== 'busy') throw error
      Atomics.wait(sleeper, 0, 0, RETRY_MS)
    }
  }
}
