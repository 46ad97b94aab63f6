import { open, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { makeFolder, syncFolder } from '../../../platform/durable-folder.ts'
import { StorageError } from '../storage-error.ts'

/**
 * Makes sure that the file exists: readable only by its owner (SQLite gives its log the same mode), in a folder that
 * other users cannot list, all durable before anything is written. An existing file is not even opened: closing any
 * descriptor of a file releases every lock that this process has on it (https://www.sqlite.org/howtocorrupt.html, 2.2).
 */
export async function createDatabaseFile(file: string): Promise<void> {
  try {
    if (await exists(file)) return
    await checkNoLog(file)
    await makeFolder(dirname(file))
    await createEmpty(file)
    await syncFolder(dirname(file))
  } catch (error) {
    if (error instanceof StorageError) throw error
    const reason = Error.isError(error) ? error.message : String(error)
    throw new StorageError('access', `The database cannot be created: ${reason}.`, { cause: error })
  }
}

/**
 * Throws {@link StorageError} unless the database exists, and no file beside it that SQLite would use as a part of it:
 * a write-ahead log without its database would corrupt the next database at that place, and a rollback journal is never
 * Keyhold's.
 */
export async function checkDatabaseFile(file: string): Promise<void> {
  if (!(await exists(file))) throw missing(file, await exists(`${file}-wal`))
  // SQLite would wait for the other end of a named pipe indefinitely.
  if (!(await stat(file)).isFile()) throw new StorageError('damaged', `${file} is not a regular file.`)
  if (await exists(`${file}-journal`)) {
    throw new StorageError(
      'damaged',
      `${file}-journal is beside the database, and Keyhold did not write it. Move it away.`,
    )
  }
}

/** Throws {@link StorageError} if a new database would find the write-ahead log of another one. */
async function checkNoLog(file: string): Promise<void> {
  if (await exists(`${file}-wal`)) throw missing(file, true)
}

function missing(file: string, isLogThere: boolean): StorageError {
  const log = isLogThere ? ` Before that, move ${file}-wal and ${file}-shm away: they belong to the lost database.` : ''
  return new StorageError('missing', `The database ${file} is missing. Restore it from your backup.${log}`)
}

async function exists(file: string): Promise<boolean> {
  try {
    await stat(file)
    return true
  } catch (error) {
    if (isCode(error, 'ENOENT')) return false
    throw error
  }
}

async function createEmpty(file: string): Promise<void> {
  try {
    await (await open(file, 'wx', 0o600)).close()
  } catch (error) {
    // Another process was first, and its file serves as well.
    if (!isCode(error, 'EEXIST')) throw error
  }
}

function isCode(error: unknown, code: string): boolean {
  return Error.isError(error) && 'code' in error && error.code === code
}
