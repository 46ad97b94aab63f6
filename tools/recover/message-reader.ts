import { closeSync, openSync, readSync } from 'node:fs'
import { Failure } from './failure.ts'

const AT_ONCE_BYTES = 1024 * 1024

/** Reads a file from its start to its end, and hands every byte that was taken to `seen`, as a signature covers them. */
export class MessageReader implements Disposable {
  readonly #file: number
  #seen: ((bytes: Buffer) => void) | undefined
  #buffered: Buffer = Buffer.alloc(0)

  constructor(path: string) {
    this.#file = openSync(path, 'r')
  }

  [Symbol.dispose](): void {
    closeSync(this.#file)
  }

  onTaken(seen: ((bytes: Buffer) => void) | undefined): void {
    this.#seen = seen
  }

  /** Throws {@link Failure} where the file ends before. */
  take(bytes: number): Buffer {
    while (this.#buffered.byteLength < bytes && this.#fill(bytes)) continue
    if (this.#buffered.byteLength < bytes) throw new Failure('The message ends too early: it was cut off.')
    const taken = this.#buffered.subarray(0, bytes)
    this.#buffered = this.#buffered.subarray(bytes)
    this.#seen?.(taken)
    return taken
  }

  takeUint8(): number {
    return this.take(1).readUInt8()
  }

  takeUint16(): number {
    return this.take(2).readUInt16BE()
  }

  takeUint32(): number {
    return this.take(4).readUInt32BE()
  }

  /** Bytes behind their length in two bytes. */
  takeSized(): Buffer {
    return this.take(this.takeUint16())
  }

  /** Throws {@link Failure} where more follows. */
  end(): void {
    if (this.#buffered.byteLength > 0 || this.#fill(1)) throw new Failure('Bytes follow the end of the message.')
  }

  #fill(wanted: number): boolean {
    const chunk = Buffer.alloc(Math.max(AT_ONCE_BYTES, wanted - this.#buffered.byteLength))
    const count = readSync(this.#file, chunk)
    this.#buffered = Buffer.concat([this.#buffered, chunk.subarray(0, count)])
    return count > 0
  }
}
