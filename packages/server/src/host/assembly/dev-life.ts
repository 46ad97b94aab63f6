import type { Handle } from '../http/exchange.ts'
import { KEPT_FOLDER, resetControl } from '../http/reset-control.ts'
import type { Engine } from './open.ts'
import { type Beginning, ResettableWork } from './resettable-work.ts'
import type { RunningServer } from './start.ts'
import { beginWork, type Working } from './working.ts'

/** A server that answers requests, for development. */
export interface DevServer extends RunningServer {
  /**
   * Puts keys, identities, aliases, grants and a manual clock back to how they were when the server started, in a few
   * milliseconds. Requests in progress are answered before, those that arrive meanwhile after. Rejects for a server with a
   * data folder.
   */
  reset(): Promise<void>
}

interface Options extends Beginning {
  /** Whether the data folder outlives the process. It is not reset then: developers chose to keep what is in it. */
  isKept: boolean
  /** Wraps the handler of resets, as it does all others. */
  guard: (handle: Handle) => Handle
}

/** The work of a development server, from its start through each reset. */
export class DevLife {
  readonly #options: Options
  #resettable: ResettableWork | undefined

  constructor(options: Options) {
    this.#options = options
  }

  async begin(engine: Engine): Promise<Working> {
    const { isKept, guard, work } = this.#options
    const resettable = isKept ? undefined : await ResettableWork.begin(engine, this.#options)
    this.#resettable = resettable
    const working = resettable ?? (await beginWork(await work(engine)))
    const reset = guard(resetControl(resettable && (() => resettable.reset())))
    return {
      waiting: () => working.waiting(),
      routes: new Map([...working.routes, ['POST /dev/reset', reset]]),
      hurry: () => working.hurry(),
      stop: () => working.stop(),
      end: () => working.end(),
    }
  }

  async reset(): Promise<void> {
    if (this.#resettable === undefined) throw new Error(KEPT_FOLDER)
    await this.#resettable.reset()
  }
}
