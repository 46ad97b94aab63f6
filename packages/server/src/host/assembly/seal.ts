import type { Unsealing } from '../../admin/operator/seal-records.ts'
import { type SealControl, SealError } from '../admin/seal-control.ts'
import type { SealStatus } from '../admin/watched.ts'
import type { Handle } from '../http/exchange.ts'
import { Passage } from '../http/passage.ts'
import { measured } from '../http/request-meter.ts'
import { sealedAnswer } from '../http/sealed-answer.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Logger } from '../../platform/logger.ts'
import { type Metrics, noMetrics } from '../../platform/metrics.ts'
import { isOutOfReach, reasonOf, RootError } from '../../vault/root/root-error.ts'
import type { Answers } from '../../vault/root/ways/kind.ts'
import { Attempts } from './attempts.ts'
import type { OpenFolder, Served } from './served.ts'

/** A folder that was opened. Closing it writes what is in memory, and leaves nothing that leads to its keys. */
export interface ClosableFolder extends OpenFolder {
  close(): Promise<void>
}

/** How a {@link Seal} opens its folder, and by what. */
export interface SealOptions {
  /**
   * Opens the folder by whatever needs no person, and by `answers`. Records how it was unsealed, if it was. Rejects as `openEngine`
   * does, and leaves nothing open then.
   */
  open(answers: Answers, unsealing: Unsealing | undefined): Promise<ClosableFolder>
  /** Records that the folder is about to be sealed. */
  record(folder: OpenFolder): Promise<void>
  /** Has what nothing leads to any more leave memory. */
  forget(): Promise<void>
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

/** How long requests under way may take once the server is told to seal. */
const DRAIN_MS = 10_000
/** Requests to seal or unseal that wait for the one in progress. */
const MAX_WAITING = 8

const STOPPING = 'the server is stopping'
const BY_OPERATOR = 'an operator sealed it'
const BROKEN = 'the data folder cannot be opened: see the log'

/**
 * A data folder that can be sealed and opened while the server runs. While it is sealed nothing in memory opens anything, and
 * every request gets the same answer.
 *
 * It is sealed at the start where what opens the root of trust is out of reach. Then it tries again by itself, at longer and
 * longer intervals. What an operator sealed stays sealed until an operator unseals it, and so does a folder of which more is wrong.
 */
export class Seal implements Served, SealControl {
  readonly routes: ReadonlyMap<string, Handle>
  readonly #options: SealOptions
  readonly #attempts: Attempts
  readonly #listeners = new Set<(status: SealStatus) => void>()
  #state: State
  #last: Promise<unknown> = Promise.resolve()
  #waiting = 0
  #isStopping = false
  #isSealedByOperator = false
  /** Whether it tries again by itself, as what is out of reach may return. */
  #isWaiting = false
  #sealedMs: number | undefined
  #refusedRequests = 0
  #lastFailure: string | undefined

  private constructor(options: SealOptions) {
    this.#options = options
    this.#state = { name: 'sealed', sinceMs: options.clock.now(), reason: 'the server is starting' }
    this.#attempts = new Attempts(options.clock, () => void this.#tryAgain())
    this.routes = new Map(options.routes.map((route) => [route, this.#answering(route)]))
  }

  /**
   * Opens the folder, or leaves it sealed if what opens the root of trust is out of reach. Rejects if anything else is wrong with
   * it: waiting mends no damaged folder, and no wrong root.
   */
  static async begin(options: SealOptions): Promise<Seal> {
    const seal = new Seal(options)
    try {
      await seal.#open({}, 'nothing')
      return seal
    } catch (error) {
      if (options.requireOpen !== true && isOutOfReach(error)) return seal
      // No one holds it who could stop it: it must not try again.
      await seal.stop()
      throw error
    }
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

  get isSealedByOperator(): boolean {
    return this.#isSealedByOperator
  }

  get control(): SealControl {
    return this
  }

  /** Calls `listener` whenever the folder was opened or sealed. */
  onChange(listener: (status: SealStatus) => void): void {
    this.#listeners.add(listener)
  }

  /** Rejects as {@link SealOptions.open} does, too. */
  unseal(answers: Answers = {}, given = 'nothing'): Promise<void> {
    return this.#inTurn(async () => {
      // An operator can have sealed it while this waited.
      if (answers.onlyKind !== undefined && this.#isSealedByOperator) throw new SealError('An operator sealed it.')
      if (this.#state.name !== 'open') await this.#open(answers, given)
    })
  }

  /** The attempt that repeats itself, unless it is no longer waited for what is out of reach. */
  async #tryAgain(): Promise<void> {
    try {
      await this.#inTurn(async () => {
        if (this.#isWaiting && this.#state.name !== 'open') await this.#open({}, 'nothing')
      })
    } catch (error) {
      if (error instanceof SealError && this.#isWaiting && !this.#isStopping) this.#attempts.begin()
    }
  }

  sealNow(): Promise<void> {
    return this.#inTurn(async () => {
      this.#isSealedByOperator = true
      this.#isWaiting = false
      this.#attempts.end()
      if (this.#state.name === 'open') await this.#recorded(this.#state.folder)
      try {
        await this.#close('sealed', BY_OPERATOR)
      } finally {
        await this.#options.forget()
      }
      this.#options.logger.warn('the server is sealed and refuses every request: an operator asked for it')
    })
  }

  /** Closes the folder for good: after the step in progress, which is waited for. */
  async stop(): Promise<void> {
    this.#isStopping = true
    this.#listeners.clear()
    this.#attempts.end()
    await this.#last
    this.#attempts.end()
    await this.#close('stopped', STOPPING)
  }

  async #recorded(folder: OpenFolder): Promise<void> {
    await this.#options
      .record(folder)
      .catch((error: unknown) =>
        this.#options.logger.error('the server is sealed, and the audit log has no record of it', { error }),
      )
  }

  async #open(answers: Answers, given: string): Promise<void> {
    const { open, logger, clock } = this.#options
    const { reason = '' } = this.seal
    this.#become({ name: 'opening', sinceMs: clock.now(), reason })
    try {
      const folder = await open(answers, this.#unsealing(given))
      this.#become({ name: 'open', sinceMs: clock.now(), folder, passage: new Passage() })
    } catch (error) {
      this.#failed(error, given, reason)
      throw error
    }
    if (this.#sealedMs !== undefined) logger.warn('the server is unsealed, and requests are answered')
    this.#attempts.end()
    this.#isSealedByOperator = false
    this.#isWaiting = false
    this.#sealedMs = undefined
    this.#lastFailure = undefined
    this.#attempts.succeeded()
  }

  /** Nothing at a start at which the folder opens at once. */
  #unsealing(given: string): Unsealing | undefined {
    if (this.#sealedMs === undefined) return undefined
    return { sealedMs: this.#sealedMs, given, refusedRequests: this.#refusedRequests }
  }

  /** An answer that does not open the root changes nothing: what was waited for before is waited for still. */
  #failed(error: unknown, given: string, reason: string): void {
    const { clock, logger } = this.#options
    const sinceMs = this.#sealedMs ?? clock.now()
    if (given !== 'nothing' && error instanceof RootError) {
      logger.warn('the server was not unsealed: what was given does not open its root of trust', { given, error })
      return this.#become({ name: 'sealed', sinceMs, reason })
    }
    const message = Error.isError(error) ? error.message : String(error)
    if (message !== this.#lastFailure) {
      this.#lastFailure = message
      logger.error('the server is sealed and refuses every request: its data folder cannot be opened', { error })
    }
    const mayPass = isOutOfReach(error)
    this.#isWaiting = mayPass && !this.#isSealedByOperator
    if (this.#isWaiting) this.#attempts.begin()
    else this.#attempts.end()
    this.#become({ name: 'sealed', sinceMs, reason: mayPass ? reasonOf(error) : BROKEN })
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
    if (state.name === 'sealed' && this.#sealedMs === undefined) {
      this.#sealedMs = state.sinceMs
      this.#refusedRequests = 0
    }
    for (const listener of this.#listeners) listener(this.seal)
  }

  /** Nothing of the result is kept: a promise that is remembered would keep a folder in memory. */
  #inTurn(step: () => Promise<void>): Promise<void> {
    if (this.#isStopping) return Promise.reject(new SealError('The server is stopping.'))
    if (this.#waiting >= MAX_WAITING)
      return Promise.reject(new SealError('Others wait already to seal or to unseal the server. Try again.'))
    this.#waiting++
    const turn = this.#after(this.#last, step)
    this.#last = turn.catch(() => undefined).finally(() => this.#waiting--)
    return turn
  }

  async #after(last: Promise<unknown>, step: () => Promise<void>): Promise<void> {
    await last
    if (this.#isStopping) throw new SealError('The server is stopping.')
    await step()
  }

  #answering(route: string): Handle {
    const { metrics = noMetrics, clock, logger } = this.#options
    const refuse = measured(
      async (request) => {
        this.#refusedRequests++
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
