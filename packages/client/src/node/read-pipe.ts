import { constants, open } from 'node:fs'
import { stat } from 'node:fs/promises'
import { Socket } from 'node:net'
import { promisify } from 'node:util'
import { native } from './path.ts'

/** Not all of them exist on Windows. */
const { O_RDONLY, O_NONBLOCK = 0 } = constants as Partial<typeof constants>

/** Whether a path names a pipe that is read by {@link readPipe}. What is not there is for the caller to open, and fails then. */
export async function isNamedPipe(path: string): Promise<boolean> {
  // Other systems take a pipe without a writer for one that has ended.
  if (process.platform !== 'linux') return false
  const status = await stat(native(path)).catch(() => undefined)
  return status?.isFIFO() === true
}

/**
 * What comes out of a named pipe. The event loop waits for its writer, and not a thread, which no signal would end.
 *
 * @throws the signal's reason once it is aborted.
 */
export async function* readPipe(path: string, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
  signal?.throwIfAborted()
  const descriptor = await promisify(open)(native(path), O_RDONLY! | O_NONBLOCK)
  const socket = new Socket({ fd: descriptor, readable: true, writable: false, ...(signal && { signal }) })
  try {
    yield* socket as AsyncIterable<Uint8Array>
  } catch (error) {
    signal?.throwIfAborted()
    throw error
  } finally {
    socket.destroy()
  }
}
