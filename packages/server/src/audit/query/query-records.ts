import { layoutsOf } from '../layout.ts'
import { detached } from '../read-lines.ts'
import { readRecords, SeenChanges } from '../read-records.ts'
import type { AuditRecord } from '../record.ts'
import { namedKeys, type NamedKeys } from './named-keys.ts'
import { positionsNow, type Positions, readNew } from './follow.ts'
import { isOf } from './principal.ts'

/** Which records to find. All given members must match. */
export interface AuditQuestion {
  /** The id or ARN of a key; or the name or ARN of an alias, for the alias and every key that it has referred to. */
  key?: string
  /** The operation, such as `Decrypt`. */
  event?: string
  /** An ARN, unique id or name of a user, role or service, or the id of an access key. */
  principal?: string
  requestId?: string
  /** At or after, in milliseconds since the epoch. */
  sinceMs?: number
  /** Before, in milliseconds since the epoch. */
  untilMs?: number
  /** Return only this many of the newest records. */
  limit?: number
}

/** Which parts of a question no record in this log ever matches. */
export interface Unknown {
  key: boolean
  event: boolean
  principal: boolean
}

/** What the existing records revealed. */
export interface QueryNotes {
  /** Streams with a missing segment: all records before the next existing segment are missing too. */
  incomplete: readonly string[]
  /** The keys that an alias refers to or has referred to. */
  keys: readonly string[]
  unknown: Unknown
}

/** How a query continues after the existing records. */
export interface Following {
  /** Waits before the log is read again. Rejects to end the query. */
  pause(): Promise<void>
  /** The time, in milliseconds since the epoch. */
  now(): number
}

/**
 * Yields the records that answer a question, oldest first. A server can be writing meanwhile. Calls `tell` once, with
 * what the existing records revealed about the names in the question. With `following`, new records follow until the
 * question's time is over or a pause rejects.
 */
export async function* queryRecords(
  folder: string,
  question: AuditQuestion,
  tell: (notes: QueryNotes) => void | Promise<void>,
  following?: Following,
): AsyncGenerator<AuditRecord> {
  const named = question.key === undefined ? undefined : await namedKeys(folder, question.key)
  const matcher = new Matcher(question, named)
  const positions = following && (await positionsNow(folder))
  let seen = new SeenChanges()
  const read = (): AsyncGenerator<AuditRecord> => {
    seen = new SeenChanges()
    return matching(readRecords(folder, {}, positions, seen), matcher)
  }
  yield* newest(read, question.limit)
  await tell({ keys: named?.keys() ?? [], unknown: matcher.unknown(), incomplete: await incompleteStreams(folder) })
  if (!following || !positions) return
  for await (const record of follow(folder, positions, following, question.untilMs)) {
    if (seen.isFirst(record) && matcher.matches(record)) yield record
  }
}

async function* follow(
  folder: string,
  positions: Positions,
  { pause, now }: Following,
  untilMs = Infinity,
): AsyncGenerator<AuditRecord> {
  for (;;) {
    const isLast = now() >= untilMs
    yield* await readNew(folder, positions)
    if (isLast) return
    await pause()
  }
}

async function incompleteStreams(folder: string): Promise<string[]> {
  return (await layoutsOf(folder)).filter(({ missing }) => missing !== undefined).map(({ stream }) => stream)
}

async function* matching(records: AsyncIterable<AuditRecord>, matcher: Matcher): AsyncGenerator<AuditRecord> {
  for await (const record of records) if (matcher.matches(record)) yield record
}

/** Reads twice and keeps only ids in between, because the requested records can be larger than memory. */
async function* newest(
  read: () => AsyncGenerator<AuditRecord>,
  limit: number | undefined,
): AsyncGenerator<AuditRecord> {
  if (limit === undefined) {
    yield* read()
    return
  }
  const ids: string[] = []
  let found = 0
  for await (const { eventId } of read()) ids[found++ % limit] = detached(eventId)
  const wanted = new Set(ids)
  for await (const record of read()) if (wanted.has(record.eventId)) yield record
}

/** Compares records with a question, and remembers which of its names matched at all. */
class Matcher {
  readonly #question: AuditQuestion
  readonly #named: NamedKeys | undefined
  readonly #met = { key: false, event: false, principal: false }

  constructor(question: AuditQuestion, named: NamedKeys | undefined) {
    this.#question = question
    this.#named = named
  }

  matches(record: AuditRecord): boolean {
    const { event, principal, requestId, sinceMs = -Infinity, untilMs = Infinity } = this.#question
    const found = {
      key: this.#named?.isAbout(record) ?? true,
      event: event === undefined || record.operation === event,
      principal: principal === undefined || isOf(record, principal),
    }
    for (const name of ['key', 'event', 'principal'] as const) this.#met[name] ||= found[name]
    const isInTime = record.timeMs >= sinceMs && record.timeMs < untilMs
    return Object.values(found).every(Boolean) && isInTime && (requestId ?? record.requestId) === record.requestId
  }

  unknown(): Unknown {
    const { key, event, principal } = this.#met
    return { key: !key, event: !event, principal: !principal }
  }
}
