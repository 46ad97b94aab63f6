import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import { CHUNK_BYTES, CHUNK_TAG_BYTES, PayloadOpener } from '../crypto/age-payload.ts'
import { sha256Stream } from '../crypto/sha256.ts'
import { type AgeStart, HEAD_BYTES, openAgeFile } from './age-header.ts'
import { BackupError } from './backup-error.ts'
import type { WrittenMember } from './archive-writer.ts'
import { BLOCK_BYTES, readExtended, readTarBlock, type TarMember } from './tar.ts'

/** Without O_NONBLOCK, opening a named pipe would wait for a writer indefinitely. */
const FLAGS = constants.O_RDONLY | (process.platform === 'win32' ? 0 : constants.O_NONBLOCK)

/** The start of a backup's file, opened by one of the identities. Throws as {@link openAgeFile}. */
export function openArchive(file: string, identities: readonly string[]): Promise<AgeStart> {
  const descriptor = openRegular(file)
  try {
    const head = Buffer.alloc(Math.min(HEAD_BYTES, fstatSync(descriptor).size))
    readFully(descriptor, head, 0, file)
    return openAgeFile(head, identities, file)
  } finally {
    closeSync(descriptor)
  }
}

/** Where a member's content goes; nowhere, if `undefined`. */
export type Sink = (part: Uint8Array) => void

/**
 * Reads a whole archive, member after member: `sinkFor` says where the content of each goes. Returns the members with the hashes of
 * what was read. Waits for the disk. Throws {@link BackupError} `damaged` if any byte of it is not as it was written, if some are
 * missing or more follow; what the sinks got until then is authentic, and not all.
 */
export function readArchive(
  file: string,
  start: AgeStart,
  sinkFor: (member: TarMember) => Sink | undefined,
): { members: WrittenMember[]; sha256: string; bytes: number } {
  const descriptor = openRegular(file)
  try {
    const chunks = new Chunks(descriptor, file, start)
    const members = [...readMembers(new Bytes(chunks.plaintexts()), sinkFor)]
    return { members, sha256: chunks.digest(), bytes: fstatSync(descriptor).size }
  } finally {
    closeSync(descriptor)
  }
}

/** The content of the first member, which says what the backup is. It must be smaller than a chunk. */
export function readFirstMember(file: string, start: AgeStart): { name: string; content: Buffer } {
  const descriptor = openRegular(file)
  try {
    const bytes = new Bytes(new Chunks(descriptor, file, start).plaintexts())
    const block = readTarBlock(bytes.take(BLOCK_BYTES))
    if (block.kind !== 'member' || block.member.bytes > CHUNK_BYTES) throw notOurs()
    return { name: block.member.name, content: bytes.take(block.member.bytes) }
  } finally {
    closeSync(descriptor)
  }
}

function* readMembers(bytes: Bytes, sinkFor: (member: TarMember) => Sink | undefined): Generator<WrittenMember> {
  for (let size: number | undefined; ;) {
    const block = readTarBlock(bytes.take(BLOCK_BYTES), size)
    size = undefined
    if (block.kind === 'end') break
    if (block.kind === 'extended') {
      size = readExtended(bytes.take(block.bytes))
      bytes.take((BLOCK_BYTES - (block.bytes % BLOCK_BYTES)) % BLOCK_BYTES)
      continue
    }
    const { member } = block
    const [sink, hash] = [sinkFor(member), sha256Stream()]
    for (const part of bytes.parts(member.bytes)) {
      hash.update(part)
      sink?.(part)
    }
    bytes.take((BLOCK_BYTES - (member.bytes % BLOCK_BYTES)) % BLOCK_BYTES)
    yield { ...member, sha256: hash.digest('hex') }
  }
  if (bytes.take(BLOCK_BYTES).some((byte) => byte !== 0) || !bytes.isAtEnd()) throw notOurs()
}

/** A sequence of chunks, read in pieces of any size. */
class Bytes {
  readonly #chunks: Iterator<Uint8Array>
  #chunk: Uint8Array = new Uint8Array()

  constructor(chunks: Iterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.iterator]()
  }

  take(size: number): Buffer {
    return Buffer.concat([...this.parts(size)], size)
  }

  *parts(size: number): Generator<Uint8Array> {
    for (let left = size; left > 0;) {
      if (this.#chunk.byteLength === 0 && !this.#advance()) throw notOurs()
      const part = this.#chunk.subarray(0, left)
      this.#chunk = this.#chunk.subarray(part.byteLength)
      left -= part.byteLength
      yield part
    }
  }

  isAtEnd(): boolean {
    return this.#chunk.byteLength === 0 && !this.#advance()
  }

  #advance(): boolean {
    const next = this.#chunks.next()
    if (next.done === true) return false
    this.#chunk = next.value
    return true
  }
}

/** The encrypted chunks of a file, opened one after another. */
class Chunks {
  readonly #descriptor: number
  readonly #file: string
  readonly #start: AgeStart
  readonly #hash = sha256Stream()

  constructor(descriptor: number, file: string, start: AgeStart) {
    this.#descriptor = descriptor
    this.#file = file
    this.#start = start
  }

  *plaintexts(): Generator<Uint8Array> {
    const { size } = fstatSync(this.#descriptor)
    const opener = new PayloadOpener(this.#start.key)
    const head = Buffer.alloc(this.#start.bytes.byteLength)
    readFully(this.#descriptor, head, 0, this.#file)
    if (!head.equals(this.#start.bytes)) throw changed(this.#file)
    this.#hash.update(head)
    const buffer = Buffer.allocUnsafeSlow(CHUNK_BYTES + CHUNK_TAG_BYTES)
    for (let at = head.byteLength, last = false; !last; at += buffer.byteLength) {
      last = size - at <= buffer.byteLength
      const chunk = buffer.subarray(0, Math.max(0, Math.min(buffer.byteLength, size - at)))
      readFully(this.#descriptor, chunk, at, this.#file)
      this.#hash.update(chunk)
      const plaintext = opener.open(chunk, last)
      if (plaintext === undefined || (last && plaintext.byteLength === 0)) throw changed(this.#file)
      yield plaintext
    }
  }

  /** Of the whole file, in hex, once all was read. */
  digest(): string {
    return this.#hash.digest('hex')
  }
}

function openRegular(file: string): number {
  const descriptor = openSync(file, FLAGS)
  if (fstatSync(descriptor).isFile()) return descriptor
  closeSync(descriptor)
  throw new BackupError('damaged', `${file} is not a regular file.`)
}

function readFully(descriptor: number, into: Buffer, position: number, file: string): void {
  for (let at = 0; at < into.byteLength;) {
    const read = readSync(descriptor, into, at, into.byteLength - at, position + at)
    if (read === 0) throw changed(file)
    at += read
  }
}

function changed(file: string): BackupError {
  return new BackupError(
    'damaged',
    `${file} was cut off, changed or damaged. Use another copy of it or another backup.`,
  )
}

function notOurs(): BackupError {
  return new BackupError('damaged', 'The backup opens, but what is in it is not in the form that Keyhold writes.')
}
