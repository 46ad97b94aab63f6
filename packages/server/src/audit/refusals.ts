import type { Clock } from '../platform/clock.ts'
import type { Logger } from '../platform/logger.ts'
import type { Random } from '../platform/random.ts'
import type { AuditRecord } from './record.ts'
import { CountedKind, likeRequestId } from './refusal-kind.ts'

interface Options {
  /** Resolves when the record is durable. */
  record: (record: AuditRecord) => Promise<void>
  clock: Clock
  random: Random
  logger: Logger
  limits?: Partial<KindLimits>
}

/** How many kinds of refusals are distinguished in one window. */
export interface KindLimits {
  /** Kinds of one caller. All further ones of the caller share one kind. */
  ofCaller: number
  /** Kinds of all callers. All further ones share one kind per account. */
  inAll: number
}

const WINDOW_MS = 60_000
const DEFAULT_LIMITS: KindLimits = { ofCaller: 20, inAll: 1000 }

/**
 * Records refused requests: throttled, denied or invalid. Any caller can make them without permission, so the size of
 * their records is bounded: in each window the first request of a kind is recorded in full at once, and all others of
 * the kind become one record with their count when the window or the stream ends. A kind is a caller, an operation in a
 * Region, an error and a key.
 */
export class Refusals {
  readonly #options: Options
  readonly #limits: KindLimits
  readonly #stopTimer: () => void
  #kinds = new Map<string, CountedKind>()
  /** The number of kinds of each caller in this window. */
  #ofCaller = new Map<string, number>()
  /** Counts of earlier windows that could not be written. */
  #owed: AuditRecord[] = []

  constructor(options: Options) {
    this.#options = options
    this.#limits = { ...DEFAULT_LIMITS, ...options.limits }
    this.#stopTimer = options.clock.every(WINDOW_MS, () => void this.endWindow())
  }

  /**
   * Resolves when the refusal is durable, or counted with a durable one of its kind. The result is the request id for
   * the response: its own, or one by which a reader of the log finds the first of its kind. Rejects if the first cannot
   * be written.
   */
  async record(refused: AuditRecord): Promise<string> {
    const { name, shared } = this.#kindOf(refused)
    const kind = this.#kinds.get(name)
    if (kind !== undefined) {
      const requestId = likeRequestId(kind.first.requestId, refused.requestId)
      kind.count(refused, requestId)
      await kind.written
      return requestId
    }
    const begun = new CountedKind(refused, this.#options.record(refused), shared)
    this.#kinds.set(name, begun)
    try {
      await begun.written
    } catch (error) {
      if (this.#kinds.get(name) === begun) this.#kinds.delete(name)
      throw error
    }
    return refused.requestId
  }

  /** Writes the counts since the last window ended. Never rejects: failed writes are retried. */
  async endWindow(): Promise<void> {
    const { random } = this.#options
    const kinds = [...this.#kinds.values()]
    this.#kinds = new Map()
    this.#ofCaller = new Map()
    await Promise.allSettled(kinds.map((kind) => kind.written))
    const counted = kinds.flatMap((kind) => kind.record(random.uuid()) ?? [])
    const records = [...this.#owed.splice(0), ...counted]
    const written = await Promise.allSettled(records.map((record) => this.#options.record(record)))
    this.#keep(records.filter((_, index) => written[index]?.status === 'rejected'))
  }

  /** Writes the remaining counts. */
  async close(): Promise<void> {
    this.#stopTimer()
    await this.endWindow()
    if (this.#owed.length > 0) this.#lose(this.#owed)
  }

  #keep(unwritten: readonly AuditRecord[]): void {
    const owed = [...unwritten, ...this.#owed]
    this.#owed = owed.slice(0, this.#limits.inAll)
    const lost = owed.slice(this.#limits.inAll)
    if (lost.length > 0) this.#lose(lost)
  }

  #lose(records: readonly AuditRecord[]): void {
    const requests = records.reduce((sum, { counted }) => sum + (counted?.count ?? 0), 0)
    this.#options.logger.error('counts of refused requests could not be recorded and are lost', {
      kinds: records.length,
      requests,
    })
  }

  #kindOf(refused: AuditRecord): { name: string; shared: 'all' | 'caller' | 'account' } {
    const { service, operation, region, accountId, error, decision, resources } = refused
    const caller = callerOf(refused)
    const key = decision?.resource ?? resources[0]?.arn ?? ''
    const kind = [caller, service, operation, region, error?.code, key].join(' ')
    if (this.#kinds.has(kind)) return { name: kind, shared: 'all' }
    const known = this.#ofCaller.get(caller) ?? 0
    const [name, shared] = known < this.#limits.ofCaller ? [kind, 'all' as const] : [`* ${caller}`, 'caller' as const]
    if (this.#kinds.has(name)) return { name, shared }
    // No principal id begins with an asterisk.
    if (this.#kinds.size >= this.#limits.inAll) return { name: `** ${accountId}`, shared: 'account' }
    this.#ofCaller.set(caller, known + 1)
    return { name, shared }
  }
}

/**
 * Sessions of one role are one caller, because a principal who can assume the role can choose any number of session
 * names.
 */
function callerOf({ caller, accountId }: AuditRecord): string {
  return caller?.role?.principalId ?? caller?.principalId ?? accountId
}
