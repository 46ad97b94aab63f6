import { close, constants, fsync, open, writev } from 'node:fs'
import { Socket } from 'node:net'
import { promisify } from 'node:util'
import { FileError } from '../base/errors.ts'
import { explained } from './failures.ts'
import { isPolled, kindOfDescriptor } from './kind.ts'
import type { Kind } from './kind.ts'
import { retrying, stoppable } from './stop.ts'

/** Not all of them exist on Windows. */
const { O_WRONLY, O_NOCTTY = 0, O_NONBLOCK = 0 } = constants as Partial<typeof constants>

/** Systems take at most 1,024 at once. */
const MAX_PIECES = 512

/** Writes to a descriptor of any kind, in order, all or with an error. After one error all that follows fails by it. */
export class Writer {
  readonly kind: Kind
  readonly #descriptor: number
  readonly #name: string
  readonly #socket: Socket | undefined
  readonly #await: <T>(operation: Promise<T>) => Promise<T>
  #last: Promise<void> = Promise.resolve()

  /**
   * @param name what people call it, for errors.
   * @param waitsOn whether it goes on when descriptors are stopped, as errors are told even then.
   * @throws FileError for what cannot be written.
   */
  constructor(descriptor: number, name: string, { waitsOn = false } = {}) {
    this.kind = kindOfDescriptor(descriptor)
    this.#descriptor = descriptor
    this.#name = name
    this.#await = waitsOn ? (operation) => operation : stoppable
    if (this.kind === 'folder') throw new FileError(`${name} is a folder. Name a file.`)
    if (isPolled(this.kind)) this.#socket = openSocket(descriptor, name)
  }

  /** Opens what a path names and is no regular file; a pipe once it has a reader. */
  static async open(path: string, isPipe: boolean): Promise<Writer> {
    // A thread that waited for the reader could not be stopped.
    const flags = O_WRONLY! | O_NOCTTY | O_NONBLOCK
    const descriptor = await retrying(isPipe ? ['ENXIO'] : [], () => promisify(open)(path, flags))
    return new Writer(descriptor, JSON.stringify(path))
  }

  /** Returns once the system has taken all pieces. They must not be changed before. */
  write(pieces: readonly Uint8Array[]): Promise<void> {
    return this.#do(() => (this.#socket === undefined ? this.#writeAll(pieces) : this.#send(this.#socket, pieces)))
  }

  /** Returns once what was written is final: on the disk, where there is one. Some write errors show up only then. */
  finish(): Promise<void> {
    return this.#do(async () => {
      if (this.kind !== 'file' && this.kind !== 'block') return
      await this.#await(promisify(fsync)(this.#descriptor)).catch(ignoreUnsupported)
    })
  }

  /** Must not be called for a standard stream, whose number the next file would get. Never throws. */
  async close(): Promise<void> {
    if (this.#socket !== undefined) this.#socket.destroy()
    else await promisify(close)(this.#descriptor).catch(() => undefined)
  }

  #do(operation: () => Promise<void>): Promise<void> {
    this.#last = this.#last.then(operation).catch((error: unknown) => {
      throw explained(error, 'write to', this.#name)
    })
    this.#last.catch(() => undefined) // this call rejects, and so does the next one
    return this.#last
  }

  async #writeAll(pieces: readonly Uint8Array[]): Promise<void> {
    for (let start = 0; start < pieces.length; start += MAX_PIECES) {
      const batch = pieces.slice(start, start + MAX_PIECES)
      const bytes = batch.reduce((sum, piece) => sum + piece.length, 0)
      const written = bytes === 0 ? 0 : await this.#writeSome(batch)
      if (written === bytes) continue
      // Systems write all at once but for a disk that is nearly full, or a device: only then are pieces joined.
      const joined = Buffer.concat(batch)
      for (let end = written; end < bytes;) end += await this.#writeSome([joined.subarray(end)])
    }
  }

  async #writeSome(pieces: readonly Uint8Array[]): Promise<number> {
    const { bytesWritten } = await retrying(['EAGAIN'], () => promisify(writev)(this.#descriptor, pieces))
    if (bytesWritten === 0) throw new FileError(`Cannot write to ${this.#name}: it takes no more.`)
    return bytesWritten
  }

  async #send(socket: Socket, pieces: readonly Uint8Array[]): Promise<void> {
    if (pieces.length === 0) return
    socket.cork()
    const sent = pieces.map((piece) => {
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      socket.write(piece, (error) => (error ? reject(error) : resolve()))
      return promise
    })
    socket.uncork()
    await this.#await(Promise.all(sent))
  }
}

/** Writing to it may fail by an event alone: the next `write` rejects then. */
function openSocket(descriptor: number, name: string): Socket {
  try {
    return new Socket({ fd: descriptor, readable: false, writable: true }).on('error', () => undefined)
  } catch (cause) {
    throw new FileError(`${name} is of a kind that cannot be written to.`, { cause })
  }
}

/** Not every file system has it. */
function ignoreUnsupported(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EINVAL' && error.code !== 'ENOTSUP' && error.code !== 'ENOSYS') throw error
}
