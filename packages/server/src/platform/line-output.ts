import { writeSync } from 'node:fs'

/** Writes the bytes, or some of them, to a descriptor and returns how many. Throws as writeSync(2) fails. */
type WriteBytes = (descriptor: number, bytes: Uint8Array) => number

/**
 * Lines on a descriptor of the process, such as 2. A write that fails ends nothing: a service must not stop because the
 * disk of its log is full (ENOSPC), nobody reads it any more (EPIPE), its reader is too slow (EAGAIN), or it was closed.
 * Lost lines are counted, and the count follows the next line that can be written.
 */
export class LineOutput {
  readonly #descriptor: number
  readonly #tellLost: (lines: number) => string
  readonly #write: WriteBytes
  #lost = 0
  /** The last write ended within a line. */
  #torn = false

  /** `tellLost`: the line, with its newline, that reports how many lines before it were lost. */
  constructor(descriptor: number, tellLost: (lines: number) => string, write: WriteBytes = writeSync) {
    this.#descriptor = descriptor
    this.#tellLost = tellLost
    this.#write = write
  }

  /** Writes `text`, which ends with a newline. Returns whether all of it was written; never throws. */
  write(text: string): boolean {
    if (!this.#put(text)) {
      this.#lost += 1
      return false
    }
    if (this.#lost > 0 && this.#put(this.#tellLost(this.#lost))) this.#lost = 0
    return true
  }

  #put(text: string): boolean {
    const bytes = Buffer.from(this.#torn ? `\n${text}` : text)
    let written = 0
    try {
      while (written < bytes.byteLength) written += this.#write(this.#descriptor, bytes.subarray(written))
      this.#torn = false
      return true
    } catch {
      this.#torn ||= written > 0
      return false
    }
  }
}

/** Plain lines for people, such as those that say that the server is ready. */
export function plainOutput(descriptor: 1 | 2): LineOutput {
  return new LineOutput(descriptor, (lines) => `Note: ${lines} lines before this one could not be written.\n`)
}
