import { beginningOf, layoutOf, listStreams, type Segment } from './layout.ts'
import { readRecord } from './parse-line.ts'
import { detached, readLinesIfThere } from './read-lines.ts'
import type { AuditRecord } from './record.ts'

/** Which records to read. All given members must match. */
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
  requestId?: string
  /** A text that occurs in the line of every wanted record. */
  mentions?: string
  /** The first characters of the request id, enough that two ids do not share them by chance. */
  requestIdBegins?: string
}

/**
 * Reads the records of all streams, merged by time, each once; within a stream in the order of writing, which is that
 * of completion. Verifies nothing (verifyAudit does). Keeps only the streams open that were written at the time under
 * the cursor. With `ends`, reads each segment up to its entry there, and skips segments without one. Skips records in
 * `seen`, and adds those it reads.
 */
export async function* readRecords(
  folder: string,
  filter: RecordFilter = {},
  ends?: ReadonlyMap<string, number>,
  seen = new SeenChanges(),
): AsyncGenerator<AuditRecord> {
  const waiting = await streamsByStart(folder)
  const open: Cursor[] = []
  try {
    for await (const record of merged(folder, filter, waiting, open, ends)) if (seen.isFirst(record)) yield record
  } finally {
    // A caller that stops early leaves the streams open here; they are closed.
    for (const { records } of open) await records.return(undefined)
  }
}

async function* merged(
  folder: string,
  filter: RecordFilter,
  waiting: Awaited<ReturnType<typeof streamsByStart>>,
  open: Cursor[],
  ends: ReadonlyMap<string, number> | undefined,
): AsyncGenerator<AuditRecord> {
  for (;;) {
    let earliest = earliestOf(open)
    while (waiting[0] !== undefined && waiting[0].startMs <= (earliest?.head.timeMs ?? Infinity)) {
      const records = recordsOf(folder, waiting.shift()?.stream ?? '', mentioned(filter), ends)
      await advance(open, { records })
      earliest = earliestOf(open)
    }
    if (earliest === undefined) return
    if (matches(earliest.head, filter)) yield earliest.head
    open.splice(open.indexOf(earliest), 1)
    await advance(open, earliest)
  }
}

/** Two processes that relay the same outbox can each write a record. At most this many lie between the two. */
const REMEMBERED_CHANGES = 10_000

/** The changes that were read already. Only their records pass through the outbox, and can be in the log twice. */
export class SeenChanges {
  readonly #ids = new Set<string>()

  /** Returns whether the record was not read before, and marks it as read. */
  isFirst({ eventId, readOnly }: AuditRecord): boolean {
    if (readOnly) return true
    if (this.#ids.has(eventId)) return false
    this.#ids.add(detached(eventId))
    if (this.#ids.size > REMEMBERED_CHANGES) this.#ids.delete(this.#ids.values().next().value ?? '')
    return true
  }
}

interface Cursor {
  records: AsyncGenerator<AuditRecord>
  head: AuditRecord
}

/** Puts the cursor back with its next record, if there is one. */
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

/**
 * Returns a text that is in the line of every matching record, so that lines without it need not be parsed. JSON
 * escapes none of its characters.
 */
function mentioned({ mentions, requestId, requestIdBegins, eventId, resource }: RecordFilter): string {
  return mentions ?? requestId ?? requestIdBegins ?? eventId ?? resource ?? ''
}

async function* recordsOf(
  folder: string,
  stream: string,
  mentions: string,
  ends: ReadonlyMap<string, number> | undefined,
): AsyncGenerator<AuditRecord> {
  for (const segment of (await layoutOf(folder, stream)).segments) {
    const end = ends === undefined ? segment.end : (ends.get(segment.path) ?? 0)
    yield* recordsIn({ ...segment, end }, mentions)
  }
}

async function* recordsIn(segment: Segment, mentions: string): AsyncGenerator<AuditRecord> {
  for await (const lines of readLinesIfThere(segment.path, segment.end)) {
    for (const { bytes, complete } of lines) {
      const record = complete && includesText(bytes, mentions) ? readRecord(bytes) : undefined
      if (record !== undefined) yield record
    }
  }
}

function includesText(bytes: Uint8Array, text: string): boolean {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).includes(text)
}

function matches(record: AuditRecord, filter: RecordFilter): boolean {
  const { sinceMs = -Infinity, untilMs = Infinity, resource, requestIdBegins = '' } = filter
  return (
    record.timeMs >= sinceMs &&
    record.timeMs < untilMs &&
    record.requestId.startsWith(requestIdBegins) &&
    EXACT.every((name) => filter[name] === undefined || record[name] === filter[name]) &&
    (resource === undefined || record.resources.some(({ arn }) => arn === resource))
  )
}

/** Members that are compared for equality. */
const EXACT = ['accountId', 'region', 'operation', 'eventId', 'requestId'] as const
