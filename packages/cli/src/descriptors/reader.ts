import { close, constants, open, read } from 'node:fs'
import { Socket } from 'node:net'
import type { Readable } from 'node:stream'
import { ReadStream } from 'node:tty'
import { promisify } from 'node:util'
import { FileError } from '../base/errors.ts'
import { explained } from './failures.ts'
import { isPolled, kindOfDescriptor } from './kind.ts'
import type { Kind } from './kind.ts'
import { retrying, stoppable } from './stop.ts'

/** Not all of them exist on Windows. */
const { O_RDONLY, O_NOCTTY = 0, O_NONBLOCK = 0 } = constants as Partial<typeof constants>

const CHUNK_BYTES = 2 ** 20

/**
 * The bytes that come out of a descriptor, from its position. A chunk's buffer may be reused once the next is asked for.
 *
 * @param name what people call it, for errors.
 * @throws FileError for a folder at once, and for what cannot be read when it is read.
 */
export function readDescriptor(descriptor: number, name: string): AsyncGenerator<Uint8Array> {
  const kind = kindOfDescriptor(descriptor)
  if (kind === 'folder') throw new FileError(`${name} is a folder. Name a file.`)
  return explaining(isStream(kind) ? fromStream(descriptor, kind, name) : fromSystem(descriptor), name)
}

/** The bytes of what a path names and is no regular file: a pipe, a device, a terminal. */
export async function* readPath(path: string, isPipe: boolean): AsyncGenerator<Uint8Array> {
  const name = JSON.stringify(path)
  // A pipe without a writer is then opened at once, and the event loop waits: no signal ends a thread that waits. Other
  // systems than Linux take such a pipe for one that has ended.
  const waits = isPipe && process.platform === 'linux'
  const flags = O_RDONLY! | O_NOCTTY | (waits ? O_NONBLOCK : 0)
  const descriptor = await stoppable(promisify(open)(path, flags))
  const kind = kindOfDescriptor(descriptor)
  try {
    yield* readDescriptor(descriptor, name)
  } finally {
    if (!isStream(kind)) close(descriptor) // a stream has closed it
  }
}

function isStream(kind: Kind): boolean {
  return isPolled(kind) || kind === 'terminal'
}

async function* explaining(chunks: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<Uint8Array> {
  try {
    yield* chunks
  } catch (error) {
    throw explained(error, 'read', name)
  }
}

/** Without a position, so that programs that share the descriptor go on where we end. */
async function* fromSystem(descriptor: number): AsyncGenerator<Uint8Array> {
  const readSome = promisify(read)
  const buffer = new Uint8Array(CHUNK_BYTES)
  for (;;) {
    const { bytesRead } = await retrying(['EAGAIN'], () => readSome(descriptor, buffer, 0, CHUNK_BYTES, null))
    if (bytesRead === 0) return
    yield buffer.subarray(0, bytesRead)
  }
}

async function* fromStream(descriptor: number, kind: Kind, name: string): AsyncGenerator<Uint8Array> {
  const stream = openStream(descriptor, kind, name)
  stream.on('error', () => undefined) // the iterator throws it, if it is still read
  const chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>
  try {
    for (;;) {
      const next = await stoppable(chunks.next())
      if (next.done === true) return
      yield next.value
    }
  } finally {
    stream.destroy()
  }
}

function openStream(descriptor: number, kind: Kind, name: string): Readable {
  try {
    if (kind === 'terminal') return new ReadStream(descriptor)
    return new Socket({ fd: descriptor, readable: true, writable: false })
  } catch (cause) {
    throw new FileError(`${name} is of a kind that cannot be read.`, { cause })
  }
}
