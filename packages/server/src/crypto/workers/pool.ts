import { type Job, Lane } from './lane.ts'
import { ThreadsError } from './threads-error.ts'

/** The worker file and limits of a {@link WorkerPool}. */
export interface PoolOptions {
  /** The module that each thread runs. */
  file: URL
  size: number
  maxWaiting: number
}

/**
 * Worker threads for tasks that have no asynchronous form. Threads start on first use, so a server that never signs has
 * none. A thread that dies fails only its own task, and a new thread takes the next.
 */
export class WorkerPool {
  readonly #options: PoolOptions
  readonly #lanes = new Set<Lane>()
  readonly #waiting: Job[] = []
  readonly #drained = Promise.withResolvers<void>()
  #closing = false

  constructor(options: PoolOptions) {
    this.#options = options
  }

  /** Resolves with the task's output. Rejects with {@link ThreadsError}, or with the error that the task threw. */
  run(name: string, input: object): Promise<unknown> {
    const { maxWaiting } = this.#options
    if (this.#closing)
      return Promise.reject(new ThreadsError('closed', 'The server is closing and starts no more tasks.'))
    if (this.#waiting.length >= maxWaiting) {
      return Promise.reject(new ThreadsError('busy', `More than ${maxWaiting} tasks are waiting for a thread.`))
    }
    const { promise, resolve, reject } = Promise.withResolvers<unknown>()
    this.#waiting.push({ name, input, resolve, reject })
    this.#assign()
    return promise
  }

  /** Ends every thread that there is now, those that are at work after their task. */
  async renew(): Promise<void> {
    await Promise.all([...this.#lanes].map((lane) => lane.retire()))
  }

  /** Takes no new tasks, and ends the threads after the last task. */
  async close(): Promise<void> {
    this.#closing = true
    this.#assign()
    await this.#drained.promise
    await Promise.all([...this.#lanes].map((lane) => lane.end()))
  }

  #assign(): void {
    while (this.#waiting.length > 0) {
      const lane = this.#idleLane()
      if (lane === undefined) return
      lane.start(this.#waiting.shift() as Job)
    }
    if (this.#closing && [...this.#lanes].every(({ idle }) => idle)) this.#drained.resolve()
  }

  #idleLane(): Lane | undefined {
    for (const lane of this.#lanes) if (lane.idle) return lane
    return this.#lanes.size < this.#options.size ? this.#newLane() : undefined
  }

  #newLane(): Lane {
    const lane: Lane = new Lane(
      this.#options.file,
      () => this.#assign(),
      () => {
        this.#lanes.delete(lane)
        this.#assign()
      },
    )
    this.#lanes.add(lane)
    return lane
  }
}
