import { DatabaseSync } from 'node:sqlite'
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

/** Opens a read-only connection. The file must have been opened by {@link openForWriting} before. */
export function openForReading(options: ConnectionOptions): DatabaseSync {
  return open(options, true)
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
  if (checkSchema(database) === 0 && !options.create) throw empty(options.file)
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

function empty(file: string): StorageError {
  return new StorageError('missing', `The database ${file} is empty. Restore it from your backup.`)
}

function open({ file, busyTimeoutMs }: ConnectionOptions, readOnly: boolean): DatabaseSync {
  return new DatabaseSync(file, {
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
