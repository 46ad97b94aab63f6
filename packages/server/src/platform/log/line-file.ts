import { type FileHandle, open, stat } from 'node:fs/promises'
import { constants, write as writeDescriptor } from 'node:fs'
import { promisify } from 'node:util'
import type { Clock } from '../clock.ts'
import type { Logger } from '../logger.ts'
import { Condition } from './condition.ts'

/** Where lines go: what is needed of an open file. */
export interface Sink {
  /** Writes some or all of the bytes and returns how many. */
  write(bytes: Uint8Array): Promise<number>
  /** Whether the file has been moved or removed, so that lines go where no reader looks for them. */
  isElsewhere(): Promise<boolean>
  close(): Promise<void>
}

interface LineFileOptions {
  /** Names the file in the log. */
  file: string
  /** Opens or creates the file, to add to its end. */
  openSink: () => Promise<Sink>
  clock: Clock
  logger: Logger
}

/** How much waits to be written before lines are lost. UTF-16 code units. */
const MAX_WAITING = 4 * 1024 * 1024
/** How often it is looked whether the file was moved, and how long after a failure it is tried again. */
const LOOK_EVERY_MS = 1000

/**
 * A file of lines that grows at its end, such as an access log. Writing never blocks, throws or waits: lines are lost when the disk
 * is full or too slow. The log says so once, and how many when they are written again.
 *
 * It can be rotated under its name at any time, with or without a signal: by a truncation, which keeps the file, or by another name,
 * which is noticed within a second of the next line; the file is then created again.
 */
export class LineFile {
  readonly #options: LineFileOptions
  readonly #unwritable: Condition
  #sink: Sink
  #waiting: string[] = []
  #waitingCharacters = 0
  #writing: Promise<void> | undefined
  #lost = 0
  #failedMs = -Infinity
  #lookedMs = -Infinity
  /** The last write ended in the middle of a line. */
  #torn = false

  private constructor(options: LineFileOptions, sink: Sink) {
    this.#options = options
    this.#sink = sink
    this.#unwritable = new Condition(options.logger, {
      began: 'the access log cannot be written: its lines are lost until it can',
      ended: 'the access log can be written again',
    })
  }

  /** Rejects with the system's error if the file cannot be opened. `-` is standard output. */
  static async open(file: string, { clock, logger }: Pick<LineFileOptions, 'clock' | 'logger'>): Promise<LineFile> {
    const openSink = file === '-' ? () => Promise.resolve(STANDARD_OUTPUT) : () => fileSink(file)
    return LineFile.on({ file, openSink, clock, logger })
  }

  /** The same on anything that takes bytes. */
  static async on(options: LineFileOptions): Promise<LineFile> {
    return new LineFile(options, await options.openSink())
  }

  /** How many lines were lost so far. */
  get lost(): number {
    return this.#lost
  }

  /** Writes `line`, which must end with a newline, soon. */
  write(line: string): void {
    if (this.#waitingCharacters + line.length > MAX_WAITING || this.#failedJustNow()) {
      this.#lost += 1
      return
    }
    this.#waiting.push(line)
    this.#waitingCharacters += line.length
    this.#writing ??= this.#writeWaiting()
  }

  /** Resolves when everything is written or lost. */
  async close(): Promise<void> {
    await this.#writing
    await this.#sink.close()
  }

  #failedJustNow(): boolean {
    return this.#unwritable.holds && this.#options.clock.monotonic() - this.#failedMs < LOOK_EVERY_MS
  }

  async #writeWaiting(): Promise<void> {
    // The lines of one turn of the event loop share a write.
    await Promise.resolve()
    await this.#followName()
    while (this.#waiting.length > 0) {
      const lines = this.#waiting
      this.#waiting = []
      this.#waitingCharacters = 0
      await this.#put(lines)
    }
    this.#writing = undefined
  }

  async #put(lines: readonly string[]): Promise<void> {
    const bytes = Buffer.from((this.#torn ? '\n' : '') + lines.join(''))
    let written = 0
    try {
      while (written < bytes.byteLength) written += await this.#sink.write(bytes.subarray(written))
      this.#torn = false
      this.#unwritable.end({ file: this.#options.file, lost: this.#lost })
    } catch (error) {
      const complete = bytes.subarray(this.#torn ? 1 : 0, written).filter((byte) => byte === NEWLINE).byteLength
      this.#torn = written > 0 ? bytes[written - 1] !== NEWLINE : this.#torn
      this.#lost += lines.length - complete
      this.#failedMs = this.#options.clock.monotonic()
      this.#unwritable.begin({ file: this.#options.file, error })
    }
  }

  async #followName(): Promise<void> {
    const { clock, logger, file } = this.#options
    if (clock.monotonic() - this.#lookedMs < LOOK_EVERY_MS) return
    this.#lookedMs = clock.monotonic()
    try {
      if (!(await this.#sink.isElsewhere())) return
      const opened = await this.#options.openSink()
      await this.#sink.close()
      this.#sink = opened
      this.#torn = false
    } catch (error) {
      logger.warn('the access log was moved and cannot be created again: it goes on where it is', { file, error })
    }
  }
}

const NEWLINE = '\n'.charCodeAt(0)

const writeTo = promisify(writeDescriptor)

const STANDARD_OUTPUT: Sink = {
  write: async (bytes) => (await writeTo(1, bytes)).bytesWritten,
  isElsewhere: () => Promise.resolve(false),
  close: () => Promise.resolve(),
}

/** Others of its group may read it, so that those who look at logs need no right to anything else. */
const MODE = 0o640
const ADDING = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT
/** Opening a named pipe would wait for a reader without it, and a write for one that reads. */
const FLAGS = process.platform === 'win32' ? ADDING : ADDING | constants.O_NONBLOCK

async function fileSink(path: string): Promise<Sink> {
  const handle: FileHandle = await open(path, FLAGS, MODE)
  const { dev, ino } = await handle.stat()
  return {
    write: async (bytes) => (await handle.write(bytes)).bytesWritten,
    async isElsewhere() {
      const named = await stat(path).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return undefined
        throw error
      })
      return named === undefined || named.ino !== ino || named.dev !== dev
    },
    close: () => handle.close(),
  }
}
