import { open } from 'node:fs/promises'
import { MAX_LINE_BYTES } from './lines.ts'

/** One line of a segment, as found. */
export interface Line {
  /** Without the newline. Valid until the next group is read. */
  bytes: Uint8Array
  /** Its position in the file. */
  offset: number
  /** False for the last line of a file that does not end in a newline. */
  complete: boolean
}

/** A line is longer than any writer writes: the file is not a segment, or was changed. */
export class LineTooLongError extends Error {
  override name = 'LineTooLongError'
  /** The position of the line in the file. */
  readonly offset: number

  constructor(offset: number) {
    super(`the line at byte ${offset} is longer than ${MAX_LINE_BYTES} bytes`)
    this.offset = offset
  }
}

const CHUNK_BYTES = 256 * 1024
const NEWLINE = 0x0a

/**
 * Reads the lines of a file up to byte `end`, in groups as each read returns them, in memory bounded by the longest
 * line. A growing file is read up to its end at the time that end is reached. `from` must be the start of a line.
 */
export async function* readLines(path: string, end = Infinity, from = 0): AsyncGenerator<Line[]> {
  await using file = await open(path, 'r')
  let buffer: Buffer = Buffer.allocUnsafe(CHUNK_BYTES)
  let start = from // file offset of buffer[0]
  let held = 0 // bytes of an unfinished line at the front of the buffer
  for (;;) {
    const wanted = Math.min(buffer.byteLength - held, end - start - held)
    const { bytesRead } = wanted > 0 ? await file.read(buffer, held, wanted, start + held) : { bytesRead: 0 }
    const filled = held + bytesRead
    if (bytesRead === 0) {
      if (held > 0) yield [{ bytes: buffer.subarray(0, held), offset: start, complete: false }]
      return
    }
    const { lines, rest } = split(buffer.subarray(0, filled), start)
    if (lines.length > 0) yield lines
    buffer.copyWithin(0, rest, filled)
    start += rest
    held = filled - rest
    if (held > MAX_LINE_BYTES) throw new LineTooLongError(start)
    if (held === buffer.byteLength) buffer = Buffer.concat([buffer, Buffer.allocUnsafe(held)])
  }
}

/** Like {@link readLines}, but yields nothing for a missing file: a running writer can drop segments meanwhile. */
export async function* readLinesIfThere(path: string, end = Infinity, from = 0): AsyncGenerator<Line[]> {
  try {
    yield* readLines(path, end, from)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
}

/** Copies a text out of the line that contains it. Otherwise the part would keep the whole line in memory. */
export function detached(text: string): string {
  return Buffer.from(text).toString()
}

/** Returns the first line, or `undefined` if the file has no complete line. */
export async function readFirstLine(path: string): Promise<Uint8Array | undefined> {
  for await (const [first] of readLines(path)) return first?.complete === true ? first.bytes.slice() : undefined
  return undefined
}

function split(bytes: Buffer, start: number): { lines: Line[]; rest: number } {
  const lines: Line[] = []
  let rest = 0
  for (let newline = bytes.indexOf(NEWLINE); newline >= 0; newline = bytes.indexOf(NEWLINE, rest)) {
    lines.push({ bytes: bytes.subarray(rest, newline), offset: start + rest, complete: true })
    rest = newline + 1
  }
  return { lines, rest }
}
