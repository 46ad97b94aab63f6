import type { Clock } from '../platform/clock.ts'
import type { Logger } from '../platform/logger.ts'
import type { OutboxEntry, PendingEntry, Journal } from '../vault/storage/journal.ts'
import { AuditUnavailableError } from './auditor.ts'
import { lineOfEntry } from './outbox-line.ts'
import type { Sha256 } from './ports.ts'
import { Backlog, type BacklogLimits } from './backlog.ts'

/** What a {@link Relay} needs. */
export interface RelayOptions {
  store: Journal
  /** Resolves when the line is durable. */
  write: (line: string) => Promise<void>
  /** Event ids that a dead process wrote to its stream without clearing them from the outbox. */
  alreadyWritten: ReadonlySet<string>
  sha256: Sha256
  clock: Clock
  logger: Logger
  limits: BacklogLimits
}

const PAGE_ENTRIES = 256

/**
 * Moves the outbox into the stream: each entry once, as long as only one process relays at a time. An attacker who can
 * write to the database can also write to the outbox, so an entry that does not verify is not signed as a record
 * (outbox-line.ts). A record is removed from the outbox after it is durable in the stream, in the background: no
 * request waits for that commit.
 */
export class Relay {
  readonly #store: Journal
  readonly #writeLine: (line: string) => Promise<void>
  readonly #sha256: Sha256
  readonly #clock: Clock
  readonly #logger: Logger
  /** In the stream, but still in the outbox. */
  readonly #written: Set<string>
  #running: Promise<void> | undefined
  #next: Promise<void> | undefined
  #forgetting: Promise<void> = Promise.resolve()
  /** The last run failed, and can have left entries behind. */
  #owes = false
  readonly #backlog: Backlog

  constructor({ store, write, alreadyWritten, sha256, logger, clock, limits }: RelayOptions) {
    this.#backlog = new Backlog(clock, limits)
    this.#sha256 = sha256
    this.#clock = clock
    this.#store = store
    this.#writeLine = write
    this.#logger = logger
    this.#written = new Set(alreadyWritten)
  }

  /** For how long the oldest entry has waited that this process committed; 0 when none waits. */
  get lagMs(): number {
    return this.#backlog.ageMs
  }

  /** Throws {@link AuditUnavailableError} while entries wait that could not be written. {@link retry} ends that. */
  requireRoom(): void {
    const refusal = this.#owes ? 'records that could not be written are waiting in the outbox' : this.#backlog.refusal
    if (refusal !== undefined) throw new AuditUnavailableError(refusal)
  }

  /** Adds the entries that a commit put into the outbox. */
  note(entries: readonly OutboxEntry[]): void {
    this.#backlog.add(entries.reduce((sum, { record }) => sum + record.length, 0))
  }

  /** Resolves when all entries committed before the call are durable in the stream. */
  run(): Promise<void> {
    // A run in progress can have read the outbox already. The caller shares the next run.
    this.#next ??= (this.#running ?? Promise.resolve())
      .catch(() => undefined)
      .then(() => {
        this.#running = this.#next
        this.#next = undefined
        return this.#relay()
      })
    return this.#next
  }

  /** Relays what a failed {@link run} left behind. Never rejects: what fails again waits for the next call. */
  async retry(): Promise<void> {
    if (this.#owes) await this.run().catch(() => undefined)
  }

  /** Waits for the background work of {@link run}. */
  async settle(): Promise<void> {
    await this.#running?.catch(() => undefined)
    await this.#forgetting
  }

  async #relay(): Promise<void> {
    const cleared = this.#backlog.beginClearing()
    try {
      await this.#relayAll()
      this.#owes = false
      cleared()
    } catch (error) {
      this.#owes = true
      throw error
    }
  }

  async #relayAll(): Promise<void> {
    for (;;) {
      const entries = await this.#store.pendingAudit(PAGE_ENTRIES)
      await this.#write(entries.filter((entry) => !this.#written.has(entry.eventId)))
      this.#forget()
      if (entries.length < PAGE_ENTRIES) return
      // A full page can hide more entries, and is read again until the outbox is cleared of it.
      await this.#forgetting
      if (this.#written.size > 0) throw new Error('the audit outbox cannot be cleared')
    }
  }

  async #write(entries: readonly PendingEntry[]): Promise<void> {
    // Each entry separately, and all of them settled: the log can accept one and refuse the next, and an accepted one
    // must not be written again.
    const written = await Promise.allSettled(entries.map((entry) => this.#writeOne(entry)))
    for (const result of written) if (result.status === 'rejected') throw result.reason
  }

  async #writeOne(entry: PendingEntry): Promise<void> {
    const { eventId, sequence } = entry
    const { line, sound } = lineOfEntry(entry, this.#sha256, this.#clock.now())
    await this.#writeLine(line)
    this.#written.add(eventId)
    if (!sound)
      this.#logger.error('an entry of the audit outbox does not verify: another program changed the database', {
        eventId: eventId.slice(0, 128),
        sequence,
      })
  }

  #forget(): void {
    this.#forgetting = this.#forgetting.then(() => this.#clear([...this.#written]))
  }

  async #clear(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return
    try {
      await this.#store.relayedAudit(ids)
      for (const id of ids) this.#written.delete(id)
    } catch (error) {
      this.#logger.warn('audit records that are written could not be removed from the outbox: it is tried again', {
        entries: ids.length,
        error,
      })
    }
  }
}
