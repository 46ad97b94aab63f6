import type { FileHandle } from 'node:fs/promises'

/** What is read at once. Smaller batches cost more switches between threads, larger ones fall out of the cache. */
const BATCH_BYTES = 2 ** 20

/**
 * A file in batches, from `start` or from the position of the handle. While the consumer works on one batch the next is
 * being read; a batch's buffer is reused as soon as the consumer asks for the next.
 */
export async function* readBatches(handle: FileHandle, start?: number): AsyncGenerator<Uint8Array> {
  let current = new Uint8Array(BATCH_BYTES)
  let ahead = new Uint8Array(BATCH_BYTES)
  let position = start
  let reading = read(handle, current, position)
  try {
    for (;;) {
      const bytesRead = await reading
      if (bytesRead === 0) return
      if (position !== undefined) position += bytesRead
      reading = read(handle, ahead, position)
      yield current.subarray(0, bytesRead)
      ;[current, ahead] = [ahead, current]
    }
  } finally {
    await reading.catch(() => undefined) // so that the handle can be closed
  }
}

async function read(handle: FileHandle, buffer: Uint8Array, position: number | undefined): Promise<number> {
  const { bytesRead } = await handle.read(buffer, 0, buffer.length, position ?? null)
  return bytesRead
}
