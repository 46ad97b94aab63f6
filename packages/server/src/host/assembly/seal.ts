import type { SealStatus } from '../admin/watched.ts'
import type { Handle } from '../http/exchange.ts'
import { Passage } from '../http/passage.ts'
import { measured } from '../http/request-meter.ts'
import { sealedAnswer } from '../http/sealed-answer.ts'
import type { Clock } from '../../platform/clock.ts'
import { forgetUnreachable } from '../../platform/forget.ts'
import type { Logger } from '../../platform/logger.ts'
import { type Metrics, noMetrics } from '../../platform/metrics.ts'
import { isOutOfReach, reasonOf } from '../../vault/root/root-error.ts'
import { Attempts } from './attempts.ts'
import type { OpenFolder, Served } from './served.ts'

/** A folder that was opened. Closing it writes what is in memory, and leaves nothing that leads to its keys. */
export interface ClosableFolder extends OpenFolder {
  close(): Promise<void>
}

/** How a {@link Seal} opens its folder, and by what. */
export interface SealOptions {
  /** Opens the folder by whatever needs no person. Rejects as `openEngine` does, and leaves nothing open then. */
  open(): Promise<ClosableFolder>
  /** Whether a folder that cannot be opened at the start is an error. */
  requireOpen?: boolean | undefined
  /** What each request is answered by while the folder is open, and what counts those that are refused while it is not. */
  routes: readonly string[]
  metrics?: Metrics | undefined
  clock: Clock
  logger: Logger
}

/**
 * Where a server is between sealed and open. One step is taken at a time: those who ask meanwhile wait for it.
 *
 * ```text
 * sealed ──► opening ──► open ──► sealing ──► sealed        any of them ──► stopped
 *    ▲          │
 *    └──────────┘
 * ```
 */
type State =
  | { name: 'sealed'; sinceMs: number; reason: string }
  | { name: 'opening' | 'sealing'; sinceMs: number; reason: string }
  | { name: 'open'; sinceMs: number; folder: ClosableFolder; passage: Passage }
  | { name: 'stopped'; sinceMs: number; reason: string }

/** A request to seal or unseal that is not possible now. The message is for an operator. */
class SealError extends Error {
  override name = 'SealError'
}

/** How long requests under way may take once the server is told to seal. */
const DRAIN_MS = 10_000
/** Requests to seal or unseal that wait for the one in progress. */
const MAX_WAITING = 8

const STOPPING = 'the server is stopping'
const BY_OPERATOR = 'an operator sealed it'

/**
 * A data folder that can be sealed and opened while the server runs. While it is sealed nothing in memory opens anything, and
 * every request gets the same answer.
 *
 * It is sealed at the start where what opens the root of trust is out of reach. Then it tries again by itself, at longer and
 * longer intervals. What an operator sealed stays sealed until an operator unseals it, and so does a folder of which more is wrong.
 */
export class Seal implements Served {
  readonly routes: ReadonlyMap<string, Handle>
  readonly #options: SealOptions
  readonly #attempts: Attempts
  readonly #listeners = new Set<(status: SealStatus) => void>()
  #state: State
  #last: Promise<unknown> = Promise.resolve()
  #waiting = 0
  #isSealedByOperator = false
  #lastFailure: string | undefined

  private constructor(options: SealOptions) {
    this.#options = options
    this.#state = { name: 'sealed', sinceMs: options.clock.now(), reason: 'the server is starting' }
    this.#attempts = new Attempts(options.clock, () => void this.unseal().catch(() => undefined))
    this.routes = new Map(options.routes.map((route) => [route, this.#answering(route)]))
  }

  /**
   * Opens the folder, or leaves it sealed if what opens the root of trust is out of reach. Rejects if anything else is wrong with
   * it: waiting mends no damaged folder, and no wrong root.
   */
  static async begin(options: SealOptions): Promise<Seal> {
    const seal = new Seal(options)
    try {
      await seal.#open()
    } catch (error) {
      if (options.requireOpen === true || !isOutOfReach(error)) throw error
    }
    return seal
  }

  get open(): OpenFolder | undefined {
    return this.#state.name === 'open' ? this.#state.folder : undefined
  }

  get seal(): SealStatus {
    const { name, sinceMs } = this.#state
    if (this.#state.name === 'open') return { state: 'open', sinceMs }
    const { reason } = this.#state
    return { state: name === 'stopped' ? 'sealed' : name, sinceMs, reason }
  }

  /** Calls `listener` whenever the folder was opened or sealed. */
  onChange(listener: (status: SealStatus) => void): void {
    this.#listeners.add(listener)
  }

  /** Opens the folder, unless it is open. Rejects as {@link SealOptions.open} does, or with SealError; then it stays sealed. */
  unseal(): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#state.name === 'open') return
      await this.#open()
    })
  }

  /**
   * Seals the folder, unless it is sealed. `record` writes what is done into the audit log before; whatever becomes of that, the
   * folder is sealed. Requests under way are answered. Resolves when the keys are gone from memory.
   */
  sealNow(record: (folder: OpenFolder) => Promise<void>): Promise<void> {
    return this.#inTurn(async () => {
      this.#isSealedByOperator = true
      this.#attempts.end()
      if (this.#state.name === 'open') await this.#recorded(record, this.#state.folder)
      await this.#close('sealed', BY_OPERATOR)
      forgetUnreachable()
      this.#options.logger.warn('the server is sealed and refuses every request: an operator asked for it')
    })
  }

  /** Closes the folder for good: after the step in progress, which is waited for. */
  async stop(): Promise<void> {
    this.#listeners.clear()
    this.#attempts.end()
    await this.#last
    this.#attempts.end()
    await this.#close('stopped', STOPPING)
  }

  async #recorded(record: (folder: OpenFolder) => Promise<void>, folder: OpenFolder): Promise<void> {
    await record(folder).catch((error: unknown) =>
      this.#options.logger.error('the server is sealed, and the audit log has no record of it', { error }),
    )
  }

  async #open(): Promise<void> {
    const { open, logger, clock } = this.#options
    this.#attempts.end()
    this.#become({ name: 'opening', sinceMs: clock.now(), reason: this.seal.reason ?? '' })
    try {
      const folder = await open()
      this.#become({ name: 'open', sinceMs: clock.now(), folder, passage: new Passage() })
      if (this.#lastFailure !== undefined) logger.warn('the data folder is open again, and requests are answered')
      this.#lastFailure = undefined
      this.#attempts.succeeded()
    } catch (error) {
      this.#failed(error, logger)
      throw error
    }
  }

  #failed(error: unknown, logger: Logger): void {
    const mayPass = isOutOfReach(error)
    const reason = mayPass ? reasonOf(error) : 'the data folder cannot be opened: see the log'
    const message = Error.isError(error) ? error.message : String(error)
    if (message !== this.#lastFailure) {
      this.#lastFailure = message
      logger.error('the server is sealed and refuses every request: its data folder cannot be opened', { error })
    }
    if (mayPass && !this.#isSealedByOperator) this.#attempts.begin()
    this.#become({ name: 'sealed', sinceMs: this.#options.clock.now(), reason })
  }

  async #close(name: 'sealed' | 'stopped', reason: string): Promise<void> {
    const { clock } = this.#options
    const sinceMs = clock.now()
    if (this.#state.name !== 'open') {
      this.#become({ name, sinceMs, reason })
      return
    }
    // From here on requests are refused, and nothing but this function leads to the folder.
    const { folder, passage } = this.#state
    this.#become({ name: 'sealing', sinceMs, reason })
    try {
      await passage.leave(DRAIN_MS)
      await folder.close()
    } finally {
      this.#become({ name, sinceMs, reason })
    }
  }

  #become(state: State): void {
    this.#state = state
    for (const listener of this.#listeners) listener(this.seal)
  }

  /** Nothing of the result is kept: a promise that is remembered would keep a folder in memory. */
  #inTurn(step: () => Promise<void>): Promise<void> {
    if (this.#state.name === 'stopped') return Promise.reject(new SealError('The server is stopping.'))
    if (this.#waiting >= MAX_WAITING)
      return Promise.reject(new SealError('Others wait already to seal or to unseal the server. Try again.'))
    this.#waiting++
    const turn = this.#after(this.#last, step)
    this.#last = turn.catch(() => undefined).finally(() => this.#waiting--)
    return turn
  }

  async #after(last: Promise<unknown>, step: () => Promise<void>): Promise<void> {
    await last
    if (this.#state.name === 'stopped') throw new SealError('The server is stopping.')
    await step()
  }

  #answering(route: string): Handle {
    const { metrics = noMetrics, clock, logger } = this.#options
    const refuse = measured(
      async (request) => {
        logger.warn('a request was refused: the server is sealed', { requestId: request.requestId })
        return sealedAnswer(request)
      },
      metrics,
      clock,
    )
    return (request) => {
      const state = this.#state
      const handle = state.name === 'open' ? state.folder.working.routes.get(route) : undefined
      if (state.name !== 'open' || handle === undefined) return refuse(request)
      return state.passage.pass(
        () => handle(request),
        () => sealedAnswer(request),
      )
    }
  }
}
