import type { StandingClock } from '../platform/standing-clock.ts'
import type { DeletionContext } from './deletion.ts'
import { nextDueMs } from './due-rows.ts'
import { dueJobs, type Job } from './jobs.ts'
import { inspectedOnce } from './sound-database.ts'
import { dateAlone } from './time-guard.ts'

type Context = Omit<DeletionContext, 'guard' | 'isSound' | 'stopping'> & {
  clock: Omit<StandingClock, 'restart'>
}

interface Options {
  /** Stores a time before anything happens at it, so that a restart never goes back to an earlier time. */
  remember(wallMs: number): Promise<void>
}

/** A short interval, because developers who move the time wait for the result. */
const EVERY_MS = 1_000

/**
 * The manually moved time of a development server, and what happens at it. Everything runs one after another: a run of
 * the periodic jobs and a move of the clock never process the same rows.
 */
export class MovedTime {
  readonly #context: Context
  readonly #options: Options
  readonly #stopping = new AbortController()
  #last: Promise<unknown> = Promise.resolve()

  constructor(context: Context, options: Options) {
    this.#context = context
    this.#options = options
  }

  /**
   * The periodic jobs. They process what is due without a move: transient states, and what was missed while the server
   * was stopped or a key disabled.
   */
  jobs(): Job[] {
    return [{ name: 'do what is due', run: () => this.#inTurn(() => this.#runDue()), everyMs: EVERY_MS }]
  }

  /**
   * Moves time forward by `ms` and resolves to the new time when everything that became due is done: each at its own
   * time and in that order, so that a key with a period of 90 days rotates four times in 400 days. Stops between two
   * times when the server stops, or when `isGone` reports that the client has disconnected; the time stays at that
   * point.
   */
  advance(ms: number, isGone: () => boolean = () => false): Promise<number> {
    return this.#inTurn(async () => {
      const { clock, records } = this.#context
      const untilMs = clock.now() + ms
      const runDue = this.#inspectingOnce()
      await runDue()
      for (;;) {
        if (isGone() || this.#stopping.signal.aborted) return clock.now()
        const nextMs = await nextDueMs(records, clock.now(), untilMs)
        if (nextMs === undefined) break
        await this.#moveTo(nextMs)
        await runDue()
      }
      await this.#moveTo(untilMs)
      return clock.now()
    })
  }

  /** Ends a move in progress at the time it has reached, and starts no other. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#last
  }

  async #moveTo(wallMs: number): Promise<void> {
    await this.#options.remember(wallMs)
    this.#context.clock.moveTo(wallMs)
  }

  /** Only authorised callers can move time, so there is no jump to guard against (decision 55). */
  async #runDue(isSound?: DeletionContext['isSound']): Promise<void> {
    const context = { ...this.#context, guard: dateAlone, stopping: this.#stopping.signal, ...(isSound && { isSound }) }
    for (const { run } of dueJobs(context)) await run()
  }

  /** One move can delete thousands of keys, each at its own time. One inspection serves all of them. */
  #inspectingOnce(): () => Promise<void> {
    const inspected = inspectedOnce(this.#context)
    const move = {}
    return () => this.#runDue(() => inspected(move))
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work)
    this.#last = turn.catch(() => undefined)
    return turn
  }
}
