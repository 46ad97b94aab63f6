import type { PendingEntry } from '../vault/storage/journal.ts'
import type { AuditProblem, ChangeRange } from './report.ts'
import type { SequencedRecord } from './walk-segment.ts'

/** The database's knowledge of all changes ever committed, read before the files. */
export interface KnownChanges {
  /** The sequence of the newest change. */
  newest: number
  /** Entries that wait in the outbox. */
  pending: readonly PendingEntry[]
}

/** Sequences in one piece of the bitmap. */
const CHUNK_BITS = 2 ** 19
/** The maximum number of missing ranges in the report; the rest are counted. */
const MAX_RANGES = 20
/** The maximum number of ranges that operators accepted as lost. Further ones stay problems. */
const MAX_ACCEPTED = 1000
/**
 * The maximum number of sequences found twice that are compared. Two processes that relay the same outbox cause a few.
 */
const MAX_REPEATED = 10_000

/**
 * Which changes have a record: one bit for each, in whatever order streams contain them, so 128 KiB for a million. The
 * ledger has a MAC, so that an attacker cannot make this use more memory.
 */
export class SequenceCheck {
  readonly #known: KnownChanges
  readonly #found = new Map<number, Uint8Array>()
  readonly #pending: ReadonlySet<number>
  readonly #accepted: ChangeRange[] = []
  #highest = 0
  /** Found more than once. It is the same event if two processes relayed one entry. */
  readonly #repeated = new Map<number, string | undefined>()

  constructor(known: KnownChanges) {
    this.#known = known
    this.#pending = new Set(known.pending.filter(({ authentic }) => authentic).map(({ sequence }) => sequence))
  }

  /** Takes a record that a signed head covers. */
  visit({ sequence, accepted }: SequencedRecord): void {
    for (const range of accepted?.changes ?? []) if (this.#accepted.length < MAX_ACCEPTED) this.#accepted.push(range)
    this.#highest = Math.max(this.#highest, sequence)
    if (this.#set(sequence) && this.#repeated.size < MAX_REPEATED) this.#repeated.set(sequence, undefined)
  }

  /** Whether the streams must be read again, with {@link compare}. */
  get hasRepeated(): boolean {
    return this.#repeated.size > 0
  }

  /** Takes a record again. Returns a problem if another change has its sequence. */
  compare({ sequence, eventId }: SequencedRecord): AuditProblem | undefined {
    if (!this.#repeated.has(sequence)) return undefined
    const other = this.#repeated.get(sequence) ?? eventId
    this.#repeated.set(sequence, other)
    if (other === eventId) return undefined
    this.#repeated.delete(sequence)
    return ofLedger('database', `two changes have the number ${sequence}: the database was restored to an older state`)
  }

  /** The problems, given the newest sequence in the database after the files were read. */
  *problems(newestNow: number): Generator<AuditProblem> {
    if (this.#highest > newestNow) {
      const message = `the log has changes up to number ${this.#highest}, the database only up to ${newestNow}: the database is older`
      yield ofLedger('database', message)
    }
    const forged = this.#known.pending.filter(({ authentic }) => !authentic).length
    if (forged > 0) yield ofLedger('database', `${forged} entries that wait in the outbox do not verify`)
    yield* this.#gaps()
  }

  /** Changes without a record that an operator accepted as lost. From then on they are not reported. */
  *acceptedGaps(): Generator<AuditProblem> {
    for (const accepted of this.#accepted) {
      // The sequences marked below come before the ones that the generator reads next.
      for (const range of this.#missing(accepted)) {
        yield withoutRecord(range)
        for (let sequence = range.first; sequence <= range.last; sequence += 1) this.#set(sequence)
      }
    }
  }

  *#gaps(): Generator<AuditProblem> {
    let ranges = 0
    for (const range of this.#missing({ first: 1, last: this.#known.newest })) {
      ranges += 1
      if (ranges > MAX_RANGES) {
        yield ofLedger('missing', `more than ${MAX_RANGES} ranges of changes have no record`)
        return
      }
      yield withoutRecord(range)
    }
  }

  *#missing(within: ChangeRange): Generator<ChangeRange> {
    const newest = Math.min(within.last, this.#known.newest)
    let first: number | undefined
    for (let sequence = within.first; sequence <= newest; sequence += 1) {
      const missing = !this.#has(sequence) && !this.#pending.has(sequence)
      if (missing) first ??= sequence
      else if (first !== undefined) {
        yield { first, last: sequence - 1 }
        first = undefined
      }
    }
    if (first !== undefined) yield { first, last: newest }
  }

  #has(sequence: number): boolean {
    const chunk = this.#found.get(Math.floor(sequence / CHUNK_BITS))
    const bit = sequence % CHUNK_BITS
    return ((chunk?.[bit >> 3] ?? 0) & (1 << (bit & 7))) !== 0
  }

  /** Marks the sequence, unless it is not in the ledger. Returns whether it was marked before. */
  #set(sequence: number): boolean {
    if (sequence < 1 || sequence > this.#known.newest) return false
    if (this.#has(sequence)) return true
    const number = Math.floor(sequence / CHUNK_BITS)
    const chunk = this.#found.get(number) ?? new Uint8Array(CHUNK_BITS / 8)
    this.#found.set(number, chunk)
    const bit = sequence % CHUNK_BITS
    chunk[bit >> 3] = (chunk[bit >> 3] ?? 0) | (1 << (bit & 7))
    return false
  }
}

function withoutRecord({ first, last }: ChangeRange): AuditProblem {
  const message = first === last ? `change ${first} has no record` : `changes ${first} to ${last} have no record`
  return { ...ofLedger('missing', message), changes: { first, last } }
}

function ofLedger(kind: AuditProblem['kind'], message: string): AuditProblem {
  return { kind, stream: 'ledger', message }
}
