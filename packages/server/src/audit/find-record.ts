import { layoutsOf, type Segment } from './layout.ts'
import { readRecord } from './parse-line.ts'
import { readLinesIfThere } from './read-lines.ts'

/** Where a record is in the audit log. */
export interface Place {
  stream: string
  segment: number
  /** Its number among all changes; absent in records of requests that changed nothing. */
  sequence?: number
}

/**
 * How far a record can be from the times of its segment: records of changes are written after they are committed, and
 * clocks are set.
 */
const MARGIN_MS = 60 * 60_000

/**
 * Finds the record of an event that happened at about `timeMs`. Reads only segments that were written around that time.
 * Resolves to `undefined` if it is in none of them: it was moved away, or was not written yet.
 */
export async function findRecord(folder: string, eventId: string, timeMs: number): Promise<Place | undefined> {
  for (const { stream, segments } of await layoutsOf(folder)) {
    for (const [index, segment] of segments.entries()) {
      const next = segments[index + 1]
      if (startOf(segment) > timeMs + MARGIN_MS || (next && startOf(next) < timeMs - MARGIN_MS)) continue
      const found = await findIn(segment, eventId)
      if (found) return { stream, segment: segment.number, ...found }
    }
  }
  return undefined
}

async function findIn({ path, end }: Segment, eventId: string): Promise<Pick<Place, 'sequence'> | undefined> {
  for await (const lines of readLinesIfThere(path, end)) {
    for (const { bytes, complete } of lines) {
      if (!complete || !Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).includes(eventId)) continue
      const record = readRecord(bytes)
      if (record?.eventId === eventId) return record.sequence === undefined ? {} : { sequence: record.sequence }
    }
  }
  return undefined
}

function startOf({ genesis, opening }: Segment): number {
  return (genesis ?? opening)?.timeMs ?? 0
}
