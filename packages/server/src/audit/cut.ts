import { layoutOf, type Segment } from './layout.ts'
import { kindOf, readRecord } from './parse-line.ts'
import { type Line, LineTooLongError, readLines } from './read-lines.ts'

/** Where a stream is cut, and what of it is before that. */
export interface StreamCut {
  stream: string
  /** Whole segments, and the beginning of the last one, which ends with a head. */
  segments: readonly CutSegment[]
}

export interface CutSegment {
  number: number
  path: string
  /** From the start of the file. */
  bytes: number
}

/** A place in a stream. */
export interface StreamPlace {
  segment: number
  bytes: number
}

/**
 * Cuts a stream that may be growing so that it agrees with a database as it was at one moment: at the last head before the
 * first change that the database does not have, `sequence` being the newest one it has. `known` is where the database says that
 * a head is; it had that head, so that all before it agrees. Returns `undefined` for a stream without a head.
 */
export async function cutOf(
  folder: string,
  stream: string,
  known: StreamPlace | undefined,
  sequence: number,
): Promise<StreamCut | undefined> {
  const { segments } = await layoutOf(folder, stream)
  const later = segments.filter(({ number }) => number >= (known?.segment ?? 0))
  let place = known
  for (const segment of later) {
    const from = segment.number === known?.segment ? known.bytes : 0
    const { head, isOver } = await lastHead(segment, from, sequence)
    if (head !== undefined) place = { segment: segment.number, bytes: head }
    if (isOver) break
  }
  return place && { stream, segments: upTo(place, segments) }
}

function upTo(place: StreamPlace, segments: readonly Segment[]): CutSegment[] {
  return segments
    .filter(({ number }) => number <= place.segment)
    .map(({ number, path, end, fileBytes }) => {
      const bytes = number === place.segment ? place.bytes : Math.min(end, fileBytes)
      return { number, path, bytes }
    })
}

/** The end of the last head, and whether something follows that is too new, or no whole line. */
async function lastHead({ path, end }: Segment, from: number, sequence: number): Promise<LastHead> {
  const found: LastHead = { isOver: false }
  try {
    for await (const lines of readLines(path, end, from)) {
      const over = lines.findIndex((line) => !agrees(line, sequence))
      const known = over < 0 ? lines : lines.slice(0, over)
      const head = known.findLast(({ bytes }) => kindOf(bytes) === 'head')
      if (head !== undefined) found.head = head.offset + head.bytes.byteLength + 1
      if (over >= 0) return { ...found, isOver: true }
    }
    return found
  } catch (error) {
    // Nothing of ours follows. The verification of the log finds what is there.
    if (error instanceof LineTooLongError) return { ...found, isOver: true }
    throw error
  }
}

interface LastHead {
  head?: number
  isOver: boolean
}

/** Whether a line is whole, and no change that the database does not have. */
function agrees({ bytes, complete }: Line, sequence: number): boolean {
  return complete && (kindOf(bytes) !== 'record' || (readRecord(bytes)?.sequence ?? 0) <= sequence)
}
