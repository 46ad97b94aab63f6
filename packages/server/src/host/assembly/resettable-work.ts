import type { AuditRecord } from '../../audit/record.ts'
import { DEFAULT_ACCOUNT } from '../../identity/authentication/dev-caller.ts'
import { RowSnapshot } from '../../vault/records/row-snapshot.ts'
import type { Handle } from '../http/exchange.ts'
import { Gate } from '../http/gate.ts'
import { type Engine, forgetful } from './open.ts'
import { beginWork, type Work, type Working } from './working.ts'

/** How the work of a development server begins: at its start, and again after each reset. */
export interface Beginning {
  /** What works on this engine, which has read nothing yet. */
  work(engine: Engine): Promise<Work>
  /** Puts the time back to where it was at the start. Called while nothing works. */
  restartTime(): void
}

/**
 * Work that can be put back to its beginning. Rows are put back to a snapshot; everything that remembers is made again: the
 * directory with its caches, uses that are not written yet, the queues of requests, jobs and the manual clock. Only the
 * listener, the store, the audit log and the threads, which remember nothing of requests, go on.
 */
export class ResettableWork implements Working {
  readonly routes: ReadonlyMap<string, Handle>
  readonly #engine: Engine
  readonly #beginning: Beginning
  readonly #snapshot: RowSnapshot
  readonly #gate: Gate
  #working: Working
  #last: Promise<void> = Promise.resolve()
  #ended = false

  private constructor(engine: Engine, beginning: Beginning, snapshot: RowSnapshot, working: Working) {
    this.#engine = engine
    this.#beginning = beginning
    this.#snapshot = snapshot
    this.#working = working
    this.#gate = new Gate(engine.clock)
    this.routes = new Map([...working.routes.keys()].map((name) => [name, this.#passing(name)]))
  }

  /** Begins to work. How everything is now is what resets lead back to. */
  static async begin(engine: Engine, beginning: Beginning): Promise<ResettableWork> {
    const snapshot = await RowSnapshot.take(engine)
    return new ResettableWork(engine, beginning, snapshot, await beginWork(await beginning.work(engine)))
  }

  /**
   * Puts everything back to how it was at the start. Requests in progress are answered before, those that arrive meanwhile
   * after. Rejects when the database or the audit log fails; calling it again completes what it began.
   */
  reset(): Promise<void> {
    const turn = this.#last.then(() => this.#reset())
    this.#last = turn.catch(() => undefined)
    return turn
  }

  waiting(): number {
    return this.#working.waiting()
  }

  hurry(): Promise<void> {
    return this.#working.hurry()
  }

  async stop(): Promise<void> {
    this.#ended = true
    await this.#last
    await this.#working.stop()
  }

  async end(): Promise<void> {
    this.#ended = true
    await this.#last
    await this.#working.end()
  }

  /** Routes are the same at each beginning; the handlers behind them are not. */
  #passing(route: string): Handle {
    return this.#gate.guarding((request) => {
      const handle = this.#working.routes.get(route)
      if (handle === undefined) throw new Error(`nothing answers ${route} any more`)
      return handle(request)
    })
  }

  async #reset(): Promise<void> {
    if (this.#ended) throw new Error('the server is stopping')
    await this.#working.hurry()
    await this.#gate.closedFor(async () => {
      await this.#working.stop()
      try {
        await this.#putBack()
      } finally {
        this.#working = await beginWork(await this.#beginning.work(await forgetful(this.#engine)))
      }
    })
  }

  async #putBack(): Promise<void> {
    const { auditor, logger } = this.#engine
    auditor.requireRoom()
    const record = resetRecord(this.#engine)
    const entries = [{ eventId: record.eventId, record: auditor.encode(record) }]
    await this.#snapshot.putBack(entries)
    this.#beginning.restartTime()
    // The record is durable in the database. If the stream cannot be written now, the relay retries later.
    await auditor.relay(entries).catch((error: unknown) => logger.error('audit relay failed', { error }))
  }
}

/** Resets concern every account; the record belongs to the account of callers that name none. */
function resetRecord({ clock, random }: Pick<Engine, 'clock' | 'random'>): AuditRecord {
  return {
    eventId: random.uuid(),
    requestId: random.uuid(),
    timeMs: clock.now(),
    kind: 'service',
    service: 'keyhold',
    operation: 'ResetDevelopmentServer',
    region: 'us-east-1',
    accountId: DEFAULT_ACCOUNT,
    sourceIp: 'AWS Internal',
    userAgent: 'AWS Internal',
    readOnly: false,
    resources: [],
  }
}
