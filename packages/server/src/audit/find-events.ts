import type { PendingEntry } from '../vault/storage/journal.ts'
import type { Segment } from './layout.ts'
import { readRecord } from './parse-line.ts'
import type { DeadStream } from './predecessors.ts'
import { readLines } from './read-lines.ts'

/** How far the wall clock can have jumped back between a record and the first line of its segment. */
const CLOCK_MARGIN_MS = 10 * 60_000

/**
 * Finds the outbox entries that are already in the streams of dead processes, because a process died after writing its
 * stream and before clearing the outbox. Reads back no further than the oldest entry.
 */
export async function findWrittenEvents(
  dead: readonly DeadStream[],
  outbox: readonly PendingEntry[],
): Promise<Set<string>> {
  // A record without a sequence, written by an older Keyhold, is written again with it: verifyAudit counts sequences.
  const wanted = new Map(
    outbox.filter(({ authentic }) => authentic).map(({ eventId, sequence }) => [eventId, sequence]),
  )
  const found = new Set<string>()
  if (wanted.size === 0) return found
  const oldestMs = Math.min(...outbox.map((entry) => readRecord(Buffer.from(entry.record))?.timeMs ?? 0))
  for (const { layout, predecessor } of dead) {
    const { segment: last, bytes } = predecessor.end
    for (const segment of layout.segments.toReversed()) {
      if (segment.number > last) continue
      // An unreadable segment can contain any event. An event that is written twice counts once; one that is not
      // written is lost.
      await collect(segment.number === last ? { ...segment, end: bytes } : segment, wanted, found).catch(
        () => undefined,
      )
      if (startOf(segment) < oldestMs - CLOCK_MARGIN_MS) break
    }
  }
  return found
}

async function collect(segment: Segment, wanted: ReadonlyMap<string, number>, found: Set<string>): Promise<void> {
  for await (const lines of readLines(segment.path, segment.end)) {
    for (const { bytes } of lines) {
      const { eventId, sequence } = readRecord(bytes) ?? {}
      if (eventId !== undefined && sequence !== undefined && wanted.get(eventId) === sequence) found.add(eventId)
    }
  }
}

function startOf({ genesis, opening }: Segment): number {
  return (genesis ?? opening)?.timeMs ?? 0
}
