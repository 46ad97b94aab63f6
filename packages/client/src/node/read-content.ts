import { createHash } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import { readBatches } from './read-batches.ts'

/** Of pieces that follow each other in a file, and that are read in any order. */
export class PieceDigests {
  readonly #lengths: () => Iterable<number>
  readonly #hash = createHash('sha256')
  /** Of pieces before which one is missing: threads take them in their order, so that they are few. */
  readonly #waiting = new Map<number, Uint8Array>()
  #next = 0

  /** @param lengths of all of them, in bytes. */
  constructor(lengths: () => Iterable<number>) {
    this.#lengths = lengths
  }

  /** @param digest SHA-256 of the piece of this index. */
  add(index: number, digest: Uint8Array): void {
    this.#waiting.set(index, digest)
    for (;;) {
      const next = this.#waiting.get(this.#next)
      if (next === undefined) return
      this.#hash.update(next)
      this.#waiting.delete(this.#next++)
    }
  }

  /** Whether a file has these pieces from a place on. To be called once, when all are known. */
  async areIn(file: FileHandle, start: number): Promise<boolean> {
    const hash = createHash('sha256')
    let buffer = new Uint8Array(0)
    let position = start
    for (const length of this.#lengths()) {
      if (buffer.length < length) buffer = new Uint8Array(length)
      const piece = buffer.subarray(0, length)
      if (!(await fill(piece, file, position))) return false
      hash.update(createHash('sha256').update(piece).digest())
      position += length
    }
    return hash.digest().equals(this.#hash.digest())
  }
}

/** What was read of a file, from its beginning, known by its SHA-256 in constant memory. */
export class ReadContent {
  readonly #hash = createHash('sha256')
  #bytes = 0
  #rest: PieceDigests | undefined

  /** For what was read next. */
  update(bytes: Uint8Array): void {
    this.#hash.update(bytes)
    this.#bytes += bytes.length
  }

  /** For all the rest, where threads have read that. */
  end(rest: PieceDigests): void {
    this.#rest = rest
  }

  /** Whether a file has the same content still. To be called once, at the end. */
  async isIn(file: FileHandle): Promise<boolean> {
    const hash = createHash('sha256')
    if (this.#rest === undefined) {
      for await (const batch of readBatches(file, 0)) hash.update(batch)
    } else {
      const beginning = new Uint8Array(this.#bytes)
      if (!(await fill(beginning, file, 0))) return false
      hash.update(beginning)
    }
    return hash.digest().equals(this.#hash.digest()) && (await this.#rest?.areIn(file, this.#bytes)) !== false
  }
}

/** @returns whether the file has as much. */
async function fill(buffer: Uint8Array, file: FileHandle, position: number): Promise<boolean> {
  for (let end = 0; end < buffer.length;) {
    const { bytesRead } = await file.read(buffer, end, buffer.length - end, position + end)
    if (bytesRead === 0) return false
    end += bytesRead
  }
  return true
}
