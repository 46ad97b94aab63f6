import type { FileHandle } from 'node:fs/promises'
import { concat } from '../base/bytes.ts'
import { runsOf } from './sparse.ts'

/** Where the pieces of a message or of its plaintext go, in order. */
export interface Sink {
  /** May return before the pieces are written; they must not be changed afterwards. Rejects if an earlier write failed. */
  write(pieces: readonly Uint8Array[]): Promise<void>
}

/** More pieces are joined first: systems take only so many at once, and copying small ones costs less. */
const MAX_PIECES = 512

/** So much is handed to the disk at a time while the rest is still being written. */
const SYNC_BYTES = 32 * 2 ** 20

/** Writes to a file one batch behind its caller, who works on the next batch meanwhile. */
export class FileWriter implements Sink {
  readonly #handle: FileHandle
  readonly #syncs: boolean
  readonly #isSparse: boolean
  /** Where the next bytes go. */
  #end = 0
  #writing: Promise<void> = Promise.resolve()
  #syncing: Promise<void> = Promise.resolve()
  #isSyncing = false
  #unsyncedBytes = 0

  /**
   * With `sync`, what was written is on its way to the disk early, so that `sync` at the end has little left to do. With
   * `sparse`, which is for a new file, long runs of zeros become holes.
   */
  constructor(handle: FileHandle, { sync = false, sparse = false } = {}) {
    this.#handle = handle
    this.#syncs = sync
    this.#isSparse = sparse
  }

  async write(pieces: readonly Uint8Array[]): Promise<void> {
    if (pieces.length === 0) return
    await this.#writing
    this.wrote(pieces.reduce((bytes, piece) => bytes + piece.length, 0))
    this.#writing = this.#isSparse ? this.#writeSparsely(concat(pieces)) : writePieces(this.#handle, pieces)
    this.#writing.catch(() => undefined) // the next call rejects
  }

  /** Says that so many bytes are on their way to the file, by whomever. */
  wrote(bytes: number): void {
    if (this.#unsyncedBytes >= SYNC_BYTES && this.#syncs && !this.#isSyncing) this.#startSync()
    this.#unsyncedBytes += bytes
  }

  /** Returns once all that was given has been written. */
  flush(): Promise<void> {
    return this.#writing
  }

  async #writeSparsely(bytes: Uint8Array): Promise<void> {
    const start = this.#end
    this.#end += bytes.length
    for (const run of runsOf(bytes, start)) {
      for (let written = 0; written < run.bytes.length;) {
        const left = run.bytes.length - written
        written += (await this.#handle.write(run.bytes, written, left, run.position + written)).bytesWritten
      }
    }
  }

  /** A hole at the end is part of the file. */
  async #extend(): Promise<void> {
    const { size } = await this.#handle.stat()
    if (size < this.#end) await this.#handle.truncate(this.#end)
  }

  /** Returns once all that was given is on disk. A failure to get there is final: a second attempt would not see it. */
  async sync(): Promise<void> {
    await this.#writing
    await this.#syncing
    if (this.#isSparse) await this.#extend()
    await this.#handle.sync()
  }

  /** Returns once nothing is being written any more, for better or worse. */
  async settle(): Promise<void> {
    await Promise.allSettled([this.#writing, this.#syncing])
  }

  #startSync(): void {
    this.#isSyncing = true
    this.#unsyncedBytes = 0
    this.#syncing = this.#syncing.then(() => this.#handle.datasync())
    this.#syncing.then(() => (this.#isSyncing = false)).catch(() => undefined) // after a failure none is started
  }
}

async function writePieces(handle: FileHandle, pieces: readonly Uint8Array[]): Promise<void> {
  await writeAll(handle, pieces.length > MAX_PIECES ? [concat(pieces)] : pieces)
}

/** A single call may write less than it was given: to a pipe, or when the disk is nearly full. */
async function writeAll(handle: FileHandle, pieces: readonly Uint8Array[]): Promise<void> {
  let left = pieces.filter((piece) => piece.length > 0)
  while (left.length > 0) {
    const { bytesWritten } = await handle.writev(left)
    left = without(left, bytesWritten)
  }
}

function without(pieces: readonly Uint8Array[], bytes: number): Uint8Array[] {
  let written = bytes
  let index = 0
  while (index < pieces.length && written >= pieces[index]!.length) written -= pieces[index++]!.length
  if (index === pieces.length) return []
  return [pieces[index]!.subarray(written), ...pieces.slice(index + 1)]
}
