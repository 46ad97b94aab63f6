import { writeSync } from 'node:fs'

/** Writes some or all of the bytes to a descriptor and returns how many. Throws as writeSync does. */
type WriteBytes = (descriptor: number, bytes: Uint8Array) => number

/**
 * Writes lines to a descriptor of the process, such as 2. A failed write is not an error: a service must not stop
 * because the disk of its log is full (ENOSPC), its reader has gone (EPIPE), its reader is too slow (EAGAIN), or the
 * descriptor was closed. Lost lines are counted, and the count is written before the next line that succeeds.
 */
export class LineOutput {
  readonly #descriptor: number
  readonly #tellLost: (lines: number) => string
  readonly #write: WriteBytes
  #lost = 0
  /** The last write ended in the middle of a line. */
  #torn = false

  /** `tellLost` returns the line, with its newline, that reports how many earlier lines were lost. */
  constructor(descriptor: number, tellLost: (lines: number) => string, write: WriteBytes = writeSync) {
    this.#descriptor = descriptor
    this.#tellLost = tellLost
    this.#write = write
  }

  /** Writes `text`, which must end with a newline. Returns whether all of it was written. Never throws. */
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

/** Plain lines for people, such as the message that the server is ready. */
export function plainOutput(descriptor: 1 | 2): LineOutput {
  return new LineOutput(descriptor, (lines) => `Note: ${lines} lines before this one could not be written.\n`)
}
