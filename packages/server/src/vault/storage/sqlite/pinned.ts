import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { StorageError } from '../storage-error.ts'
import { openForReading } from './connection.ts'

/**
 * The pages of a database as they were at one moment, for as long as this is open, while others go on writing.
 *
 * A read transaction pins them: until it ends, a checkpoint copies nothing newer into the file, and the log is not begun
 * again (https://www.sqlite.org/walformat.html, "2.3.1. Checkpointer", "WAL locks"). So the state is the file, with the pages in
 * place that the log has up to that moment. Both are read directly, in large pieces, and nothing is copied: `sqlite3_backup` and
 * `VACUUM INTO` need as much disk space again. Where that moment is in the log is read under the write lock, for which other
 * writers wait less than a millisecond. The log grows meanwhile, and what is deleted stays in it until the end.
 */
export class PinnedDatabase implements Disposable {
  readonly reader: DatabaseSync
  /** The size of the database. */
  readonly bytes: number
  readonly #descriptor: number
  readonly #pageBytes: number
  readonly #log: Log

  private constructor(reader: DatabaseSync, descriptor: number, log: Log) {
    this.reader = reader
    this.#descriptor = descriptor
    this.#log = log
    this.#pageBytes = pragma(reader, 'page_size')
    this.bytes = pragma(reader, 'page_count') * this.#pageBytes
  }

  /**
   * `descriptor` is the database file's, open for reading. The caller must never close it while the process has the database
   * open: that would release SQLite's locks (https://www.sqlite.org/howtocorrupt.html, 2.2).
   */
  static open({ file, busyTimeoutMs, descriptor }: PinOptions): PinnedDatabase {
    using lock = new DatabaseSync(file, { timeout: busyTimeoutMs })
    using probe = new DatabaseSync(file, { timeout: busyTimeoutMs })
    probe.prepare('SELECT count(*) FROM sqlite_schema').get() // enters WAL mode, without which there is no checkpoint
    const reader = openForReading({ file, busyTimeoutMs })
    try {
      lock.exec('BEGIN IMMEDIATE')
      reader.exec('BEGIN')
      reader.prepare('SELECT count(*) FROM sqlite_schema').get() // only a read begins the transaction
      const { log, checkpointed } = probe.prepare('PRAGMA wal_checkpoint(NOOP)').get() as unknown as LogState
      lock.exec('ROLLBACK')
      // A log that was copied whole is not needed, and can be begun again.
      const frames = log === checkpointed ? 0 : log
      return new PinnedDatabase(reader, descriptor, new Log(`${file}-wal`, frames, pragma(reader, 'page_size')))
    } catch (error) {
      reader.close()
      throw error
    }
  }

  /** The content of the database file, in order. A part is valid until the next one is taken. */
  *pages(): Generator<Uint8Array> {
    const buffer = Buffer.allocUnsafeSlow(PAGES_AT_ONCE * this.#pageBytes)
    for (let at = 0; at < this.bytes; at += buffer.byteLength) {
      const part = buffer.subarray(0, Math.min(buffer.byteLength, this.bytes - at))
      // The file can end before pages that only the log has.
      const read = readAt(this.#descriptor, part, at)
      for (let page = 0; page < part.byteLength; page += this.#pageBytes) {
        const number = (at + page) / this.#pageBytes + 1
        const isThere = this.#log.read(number, part.subarray(page, page + this.#pageBytes))
        if (!isThere && read < page + this.#pageBytes) {
          throw new StorageError('damaged', `Page ${number} of the database is missing.`)
        }
      }
      yield part
    }
  }

  /** The others can empty the log again. */
  [Symbol.dispose](): void {
    this.#log.close()
    this.reader.close()
  }
}

export interface PinOptions {
  file: string
  busyTimeoutMs: number
  descriptor: number
}

interface LogState {
  log: number
  checkpointed: number
}

const PAGES_AT_ONCE = 256
/** https://www.sqlite.org/fileformat2.html#walformat, sections 4.1 and 4.2. */
const LOG_HEADER_BYTES = 32
const FRAME_HEADER_BYTES = 24
/** In either order of the checksums' bytes. */
const MAGIC = [0x377f0682, 0x377f0683]

/** The newest frame of each page in the first frames of a write-ahead log. */
class Log {
  readonly #descriptor: number | undefined
  readonly #pageBytes: number
  readonly #positions = new Map<number, number>()

  constructor(file: string, frames: number, pageBytes: number) {
    this.#pageBytes = pageBytes
    if (frames <= 0) return
    this.#descriptor = openSync(file, 'r')
    const header = Buffer.alloc(FRAME_HEADER_BYTES)
    readAt(this.#descriptor, header, 0)
    if (!MAGIC.includes(header.readUInt32BE(0)) || header.readUInt32BE(8) !== pageBytes) throw this.#damaged()
    const frameBytes = FRAME_HEADER_BYTES + pageBytes
    for (let frame = 0; frame < frames; frame += 1) {
      const at = LOG_HEADER_BYTES + frame * frameBytes
      if (readAt(this.#descriptor, header, at) < FRAME_HEADER_BYTES) throw this.#damaged()
      this.#positions.set(header.readUInt32BE(0), at + FRAME_HEADER_BYTES)
    }
  }

  /** Puts a page into place, if the log has it. */
  read(page: number, into: Buffer): boolean {
    const at = this.#positions.get(page)
    if (at === undefined || this.#descriptor === undefined) return false
    if (readAt(this.#descriptor, into, at) < this.#pageBytes) throw this.#damaged()
    return true
  }

  /** SQLite locks nothing of the log itself, so that it can be closed. */
  close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor)
  }

  #damaged(): StorageError {
    this.close()
    return new StorageError('damaged', 'The write-ahead log of the database is not as SQLite says.')
  }
}

/** Reads until the buffer is full or the file ends. Returns how much was read. */
function readAt(descriptor: number, into: Buffer, position: number): number {
  let at = 0
  for (let read = 1; read > 0 && at < into.byteLength; at += read) {
    read = readSync(descriptor, into, at, into.byteLength - at, position + at)
  }
  return at
}

function pragma(database: DatabaseSync, name: 'page_size' | 'page_count'): number {
  return Number(database.prepare(`PRAGMA ${name}`).get()?.[name])
}

/** Descriptors of databases, each open until the process ends: see {@link PinnedDatabase.open}. By device and inode. */
const DESCRIPTORS = new Map<string, number>()

/**
 * A descriptor of the database file that is never closed. Call it on the main thread, as a worker's are closed with it. A file
 * that was replaced gets another one.
 */
export function descriptorOf(file: string): number {
  const known = DESCRIPTORS.get(identityOf(statSync(file, { bigint: true })))
  if (known !== undefined) return known
  const descriptor = openSync(file, 'r')
  DESCRIPTORS.set(identityOf(fstatSync(descriptor, { bigint: true })), descriptor)
  return descriptor
}

function identityOf({ dev, ino }: { dev: bigint; ino: bigint }): string {
  return `${dev} ${ino}`
}
