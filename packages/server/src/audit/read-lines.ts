import { open } from 'node:fs/promises'
import { MAX_LINE_BYTES } from './lines.ts'

/** One line of a segment, as found. */
export interface Line {
  /** Without the newline. Valid until the next group is asked for. */
  bytes: Uint8Array
  /** Where it begins in the file. */
  offset: number
  /** False for the last line of a file that does not end in a newline. */
  complete: boolean
}

/** A line longer than any writer makes: the file is not a segment, or somebody changed it. */
export class LineTooLongError extends Error {
  override name = 'LineTooLongError'
  /** Where the line begins in the file. */
  readonly offset: number

  constructor(offset: number) {
    super(`the line at byte ${offset} is longer than ${MAX_LINE_BYTES} bytes`)
    this.offset = offset
  }
}

const CHUNK_BYTES = 256 * 1024
const NEWLINE = 0x0a

/**
 * The lines of a file up to byte `end`, in groups of as many as one read brought, in memory bounded by the longest
 * line. A file that grows meanwhile is read to where it ends when its end is reached. `from` is where a line begins.
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

/** As {@link readLines}, and nothing of a file that is gone: a live writer may drop segments while they are read. */
export async function* readLinesIfThere(path: string, end = Infinity, from = 0): AsyncGenerator<Line[]> {
  try {
    yield* readLines(path, end, from)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
}

/** Text without the line that it was cut from: a part of it would keep all of it in memory. */
export function detached(text: string): string {
  return Buffer.from(text).toString()
}

/** The first line, or `undefined` when the file has no complete one. */
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
