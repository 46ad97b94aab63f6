import { open } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { native } from './path.ts'
import { readBatches } from './read-batches.ts'
import { isNamedPipe, readPipe } from './read-pipe.ts'

/**
 * A path, in which a byte 0xNN that is no UTF-8 is the lone surrogate U+DCNN, as {@link pathOf} gives it; a regular file
 * that is open, which is read from its beginning and stays open; or the bytes themselves, of which a chunk's buffer may be
 * reused once the next one is asked for.
 *
 * Give a terminal or a device as the bytes of a stream that you end yourself. As a path it occupies a thread until its
 * other side acts, and a `signal` is seen only then. So does a named pipe on other systems than Linux.
 */
export type FileSource = string | FileHandle | AsyncIterable<Uint8Array>

export interface OpenSource {
  /** From the position of the source; from a place in it only where it is a file. */
  chunks(start?: number): AsyncIterable<Uint8Array>
  file: FileHandle | undefined
}

export function isBytes(source: FileSource): source is AsyncIterable<Uint8Array> {
  return typeof source !== 'string' && Symbol.asyncIterator in source
}

/** Opens a source, if it is not open, for as long as it is used. */
export async function withSource<T>(
  source: FileSource,
  signal: AbortSignal | undefined,
  use: (source: OpenSource) => Promise<T>,
): Promise<T> {
  if (isBytes(source)) return use({ chunks: () => source, file: undefined })
  if (typeof source !== 'string') return use({ chunks: (start = 0) => readBatches(source, start), file: source })
  if (await isNamedPipe(source)) return use({ chunks: () => readPipe(source, signal), file: undefined })
  const file = await open(native(source), 'r')
  try {
    return await use({ chunks: (start) => readBatches(file, start), file })
  } finally {
    await file.close()
  }
}
