import { type Foreseen, isForeseen } from '../../platform/foreseen.ts'

/**
 * Why the store refuses or fails. None of these is a fault of an API caller: operations return them as internal errors,
 * and only `invalid` is a bug.
 *
 * | code | meaning | was anything written? |
 * |---|---|---|
 * | invalid | a commit, row or page that breaks the contract of Store | no |
 * | busy | another process held the write lock too long, or too many commits wait | no |
 * | full | no space on the device | no |
 * | io | the device failed | unknown: call again with the same commit id |
 * | failed | the database or the writer failed in another way | unknown |
 * | closed | the store is closed | no |
 * | damaged | the file is not a valid database | no |
 * | tampered | the database contradicts its ledger: another program changed it, or old rows were restored | no |
 * | missing | there is no database where one must be, or it is empty | no |
 * | access | the file or folder cannot be opened or written | no |
 * | read-only | the file system is mounted for reading only | no |
 * | newer-schema | a later Keyhold wrote the file | no |
 * | older-schema | an earlier Keyhold wrote the file, and it was not brought up to date | no |
 * | foreign | the file is a database of another program | no |
 * | unsupported | the SQLite library is too old to be safe | no |
 */
export type StorageErrorCode =
  | 'invalid'
  | 'busy'
  | 'full'
  | 'io'
  | 'failed'
  | 'closed'
  | 'damaged'
  | 'tampered'
  | 'missing'
  | 'access'
  | 'read-only'
  | 'newer-schema'
  | 'older-schema'
  | 'foreign'
  | 'unsupported'

/** A refusal or failure of the store. */
export class StorageError extends Error implements Foreseen {
  override name = 'StorageError'
  readonly code: StorageErrorCode

  constructor(code: StorageErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }

  /** `failed` is what its cause is. */
  get isForeseen(): boolean {
    if (this.code !== 'failed') return this.code !== 'invalid'
    return this.cause === undefined || isForeseen(this.cause)
  }
}
