import { constants, open } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'

/** The content of a file, and a version that changes when the content does. */
export interface SmallFile {
  bytes: Uint8Array
  version: string
}

/** Without O_NONBLOCK, opening a named pipe would wait for a writer indefinitely. Windows has neither. */
const READ_FLAGS = process.platform === 'win32' ? constants.O_RDONLY : constants.O_RDONLY | constants.O_NONBLOCK

/**
 * Reads a regular file of at most `maxBytes`, or returns `undefined` if it still has the version `known`. Follows
 * symbolic links, which mounted configuration needs, and checks the file that was opened. Throws if the file does not
 * exist, is not a regular file, or is too large.
 */
export async function readIfChanged(file: string, maxBytes: number, known?: string): Promise<SmallFile | undefined> {
  await using handle = await open(file, READ_FLAGS)
  // Before the content is read: a later write then gives another version, and the file is read again next time.
  const version = await versionOf(file, handle)
  if (version === known) return undefined
  return { bytes: await readAtMost(file, handle, maxBytes), version }
}

/** Reads a whole regular file of at most `maxBytes`. Throws as {@link readIfChanged} does. */
export async function readSmallFile(file: string, maxBytes: number): Promise<Uint8Array> {
  await using handle = await open(file, READ_FLAGS)
  await versionOf(file, handle)
  return await readAtMost(file, handle, maxBytes)
}

async function versionOf(file: string, handle: FileHandle): Promise<string> {
  const status = await handle.stat({ bigint: true })
  if (!status.isFile()) throw new Error(`${file} is not a regular file`)
  const { dev, ino, size, mtimeNs, ctimeNs } = status
  return [dev, ino, size, mtimeNs, ctimeNs].join(' ')
}

/** Does not rely on the size, because the file can grow while it is read. */
async function readAtMost(file: string, handle: FileHandle, maxBytes: number): Promise<Uint8Array> {
  const buffer = new Uint8Array(maxBytes + 1)
  let length = 0
  for (;;) {
    const { bytesRead } = await handle.read(buffer, length, buffer.byteLength - length, length)
    length += bytesRead
    if (length > maxBytes) throw new Error(`${file} is larger than ${maxBytes} bytes`)
    if (bytesRead === 0) return buffer.slice(0, length)
  }
}
