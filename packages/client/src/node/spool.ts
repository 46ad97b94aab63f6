import { unlink } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FileWriter } from './file-writer.ts'
import type { Sink } from './file-writer.ts'
import { readBatches } from './read-batches.ts'
import { newTag } from './process-tag.ts'
import type { Target } from './target.ts'
import { forgetTemporary, openTemporary, removeTemporary } from './temporary-files.ts'

/** As much stays in memory, so that a small secret never touches a disk. */
const MEMORY_BYTES = 2 ** 20

interface SpoolFile {
  path: string
  handle: FileHandle
  writer: FileWriter
}

/** Holds everything back until `commit`, and only then lets it go to the sink. */
export class Spool implements Target {
  readonly #sink: Sink
  #pieces: Uint8Array[] = []
  #bytes = 0
  #file: SpoolFile | undefined

  constructor(sink: Sink) {
    this.#sink = sink
  }

  async write(pieces: readonly Uint8Array[]): Promise<void> {
    if (this.#file !== undefined) return this.#file.writer.write(pieces)
    for (const piece of pieces) {
      this.#pieces.push(piece)
      this.#bytes += piece.length
    }
    if (this.#bytes > MEMORY_BYTES) await this.#spill()
  }

  async commit(): Promise<void> {
    try {
      if (this.#file === undefined) return await this.#sink.write(this.#pieces)
      await this.#file.writer.flush()
      await this.#drain(this.#file.handle)
    } finally {
      await this.discard()
    }
  }

  async discard(): Promise<void> {
    this.#pieces = []
    if (this.#file === undefined) return
    const { path, handle, writer } = this.#file
    this.#file = undefined
    await writer.settle()
    await handle.close().catch(() => undefined)
    await removeTemporary(path)
  }

  async #spill(): Promise<void> {
    const path = join(tmpdir(), `keyhold-${newTag()}.tmp`)
    const handle = await openTemporary(path, 'wx+')
    // Without a name from the start, so that not even a kill leaves plaintext behind. Some systems only let it go later.
    await unlink(path).then(
      () => forgetTemporary(path),
      () => undefined,
    )
    this.#file = { path, handle, writer: new FileWriter(handle) }
    await this.#file.writer.write(this.#pieces)
    this.#pieces = []
  }

  async #drain(handle: FileHandle): Promise<void> {
    // Of its own memory: the sink may still be writing when the batch's buffer is reused.
    for await (const batch of readBatches(handle, 0)) await this.#sink.write([batch.slice()])
    await this.#sink.write([])
  }
}
