import { StorageError } from '../storage-error.ts'
import type { StorageErrorCode } from '../storage-error.ts'

/** Primary result codes (https://www.sqlite.org/rescode.html) with a meaning here. */
const CODES: ReadonlyMap<number, StorageErrorCode> = new Map([
  [3, 'access'], //   SQLITE_PERM
  [5, 'busy'], //     SQLITE_BUSY
  [6, 'busy'], //     SQLITE_LOCKED
  [8, 'access'], //   SQLITE_READONLY
  [10, 'io'], //      SQLITE_IOERR
  [11, 'damaged'], // SQLITE_CORRUPT
  [13, 'full'], //    SQLITE_FULL
  [14, 'access'], //  SQLITE_CANTOPEN
  [19, 'invalid'], // SQLITE_CONSTRAINT: an outbox event id that is already waiting
  [26, 'damaged'], // SQLITE_NOTADB
])

/** The low byte of an extended result code is the primary code. */
const PRIMARY = 0xff

/** Converts any error of database code to a {@link StorageError}. */
export function storageError(error: unknown): StorageError {
  if (error instanceof StorageError) return error
  if (isTooLarge(error)) return new StorageError('tampered', TOO_LARGE, { cause: error })
  const message = Error.isError(error) ? error.message : String(error)
  return new StorageError(codeOf(error), `SQLite: ${message}`, { cause: error })
}

const TOO_LARGE = 'The database contains a number that is too large for Keyhold to have written it.'

/** The error of node:sqlite for a column with an integer beyond 2^53: only another program can have stored it. */
function isTooLarge(error: unknown): boolean {
  return Error.isError(error) && 'code' in error && error.code === 'ERR_OUT_OF_RANGE'
}

/** Runs `work` and converts its errors to {@link StorageError}. */
export function guarded<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw storageError(error)
  }
}

function codeOf(error: unknown): StorageErrorCode {
  const isSqlite = Error.isError(error) && 'errcode' in error && typeof error.errcode === 'number'
  return (isSqlite && CODES.get(Number(error.errcode) & PRIMARY)) || 'failed'
}
