import type { StandingClock } from '../platform/standing-clock.ts'
import type { DeletionContext } from './deletion.ts'
import { nextDueMs } from './due-rows.ts'
import { dueJobs, type Job } from './jobs.ts'
import { inspectedOnce } from './sound-database.ts'
import { dateAlone } from './time-guard.ts'

type Context = Omit<DeletionContext, 'guard' | 'isSound' | 'stopping'> & { clock: StandingClock }

interface Options {
  /** Remembers a time before anything happens at it, so that a restart never goes back behind what was done. */
  remember(wallMs: number): Promise<void>
}

/** Nobody waits long for what is due already: those who move time watch. */
const EVERY_MS = 1_000

/**
 * The time of a development server that is moved by hand, and what happens at it. Everything here runs one after another:
 * a run of the periodic jobs and a move of the clock never act on the same rows.
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

  /** The periodic jobs. They act on what is due without a move: passing states, and what was missed while stopped or disabled. */
  jobs(): Job[] {
    return [{ run: () => this.#inTurn(() => this.#runDue()), everyMs: EVERY_MS }]
  }

  /**
   * Moves time forward by `ms` and resolves to the new time once everything that became due has run: each at its own time and in
   * that order, so that a key with a period of 90 days rotates four times in 400 days. Stops between two times once the server
   * stops, or `isGone` says that nobody waits for it any more; time stands there then.
   */
  advance(ms: number, isGone: () => boolean = () => false): Promise<number> {
    return this.#inTurn(async () => {
      const { clock, store } = this.#context
      const untilMs = clock.now() + ms
      const runDue = this.#inspectingOnce()
      await runDue()
      for (;;) {
        if (isGone() || this.#stopping.signal.aborted) return clock.now()
        const nextMs = await nextDueMs(store, clock.now(), untilMs)
        if (nextMs === undefined) break
        await this.#moveTo(nextMs)
        await runDue()
      }
      await this.#moveTo(untilMs)
      return clock.now()
    })
  }

  /** Ends a move that is under way at the time that it has reached, and lets no further one begin. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#last
  }

  async #moveTo(wallMs: number): Promise<void> {
    await this.#options.remember(wallMs)
    this.#context.clock.moveTo(wallMs)
  }

  /** Time is moved by those who may, so that there is no jump to guard against (decision 55). */
  async #runDue(isSound?: DeletionContext['isSound']): Promise<void> {
    const context = { ...this.#context, guard: dateAlone, stopping: this.#stopping.signal, ...(isSound && { isSound }) }
    for (const { run } of dueJobs(context)) await run()
  }

  /** Thousands of keys may be deleted in one move, each at a time of its own: one inspection is for all of them. */
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
