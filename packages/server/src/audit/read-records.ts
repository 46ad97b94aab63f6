import { beginningOf, layoutOf, listStreams, type Segment } from './layout.ts'
import { readRecord } from './parse-line.ts'
import { readLines } from './read-lines.ts'
import type { AuditRecord } from './record.ts'

/** Which records to read; every member that is given must hold. */
export interface RecordFilter {
  /** At or after, in milliseconds since the epoch. */
  sinceMs?: number
  /** Before, in milliseconds since the epoch. */
  untilMs?: number
  accountId?: string
  region?: string
  operation?: string
  /** The ARN of a key or alias among the record's resources. */
  resource?: string
  eventId?: string
}

/**
 * Records of all streams, merged by time, each once; within a stream in the order written, which is that of completion.
 * Verifies nothing (verifyAudit does). Holds open only the streams that were written at the time under the cursor.
 */
export async function* readRecords(folder: string, filter: RecordFilter = {}): AsyncGenerator<AuditRecord> {
  const waiting = await streamsByStart(folder)
  const open: Cursor[] = []
  const changes = new Set<string>()
  for (;;) {
    let earliest = earliestOf(open)
    while (waiting[0] !== undefined && waiting[0].startMs <= (earliest?.head.timeMs ?? Infinity)) {
      const records = recordsOf(folder, waiting.shift()?.stream ?? '')
      await advance(open, { records })
      earliest = earliestOf(open)
    }
    if (earliest === undefined) return
    if (matches(earliest.head, filter) && !isRepeated(earliest.head, changes)) yield earliest.head
    open.splice(open.indexOf(earliest), 1)
    await advance(open, earliest)
  }
}

/** Two processes that relay one outbox may write a record each; no more than these lie between the two. */
const REMEMBERED_CHANGES = 10_000

/** Whether the record was read already. Only those of changes pass through the outbox. */
function isRepeated({ eventId, readOnly }: AuditRecord, changes: Set<string>): boolean {
  if (readOnly) return false
  if (changes.has(eventId)) return true
  changes.add(eventId)
  if (changes.size > REMEMBERED_CHANGES) changes.delete(changes.values().next().value ?? '')
  return false
}

interface Cursor {
  records: AsyncGenerator<AuditRecord>
  head: AuditRecord
}

/** Puts the cursor back with its next record, unless there is none. */
async function advance(open: Cursor[], { records }: Pick<Cursor, 'records'>): Promise<void> {
  const next = await records.next()
  if (next.done !== true) open.push({ records, head: next.value })
}

function earliestOf(open: readonly Cursor[]): Cursor | undefined {
  return open.reduce<Cursor | undefined>(
    (best, cursor) => (best === undefined || cursor.head.timeMs < best.head.timeMs ? cursor : best),
    undefined,
  )
}

async function streamsByStart(folder: string): Promise<{ stream: string; startMs: number }[]> {
  const starts: { stream: string; startMs: number }[] = []
  for (const stream of (await listStreams(folder)).streams) {
    const startMs = beginningOf(await layoutOf(folder, stream))?.timeMs ?? 0
    starts.push({ stream, startMs })
  }
  return starts.toSorted((a, b) => a.startMs - b.startMs)
}

async function* recordsOf(folder: string, stream: string): AsyncGenerator<AuditRecord> {
  for (const segment of (await layoutOf(folder, stream)).segments) yield* recordsIn(segment)
}

async function* recordsIn(segment: Segment): AsyncGenerator<AuditRecord> {
  for await (const lines of readLines(segment.path, segment.end)) {
    for (const line of lines) {
      const record = line.complete ? readRecord(line.bytes) : undefined
      if (record !== undefined) yield record
    }
  }
}

function matches(record: AuditRecord, filter: RecordFilter): boolean {
  const { sinceMs, untilMs, resource, accountId, region, operation, eventId } = filter
  return (
    (sinceMs === undefined || record.timeMs >= sinceMs) &&
    (untilMs === undefined || record.timeMs < untilMs) &&
    (accountId === undefined || record.accountId === accountId) &&
    (region === undefined || record.region === region) &&
    (operation === undefined || record.operation === operation) &&
    (eventId === undefined || record.eventId === eventId) &&
    (resource === undefined || record.resources.some(({ arn }) => arn === resource))
  )
}
