import type { FileHandle } from 'node:fs/promises'
import { concat } from '../message/bytes.ts'

/** Where the pieces of a message or of its plaintext go, in order. */
export interface Sink {
  /** May return before the pieces are written; they must not be changed afterwards. Rejects if an earlier write failed. */
  write(pieces: readonly Uint8Array[]): Promise<void>
}

/** More pieces are joined first: systems take only so many at once, and copying small ones costs less. */
const MAX_PIECES = 512

/** Writes to a file one batch behind its caller, who works on the next batch meanwhile. */
export class FileWriter implements Sink {
  readonly #handle: FileHandle
  #writing: Promise<void> = Promise.resolve()

  constructor(handle: FileHandle) {
    this.#handle = handle
  }

  async write(pieces: readonly Uint8Array[]): Promise<void> {
    if (pieces.length === 0) return
    await this.#writing
    this.#writing = writeAll(this.#handle, pieces.length > MAX_PIECES ? [concat(pieces)] : pieces)
    this.#writing.catch(() => undefined) // whoever calls next is told
  }

  /** Returns once all that was given has been written. */
  flush(): Promise<void> {
    return this.#writing
  }

  /** Returns once nothing is being written any more, for better or worse. */
  async settle(): Promise<void> {
    await this.#writing.catch(() => undefined)
  }
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
