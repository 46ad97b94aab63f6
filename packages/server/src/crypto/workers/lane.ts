import { Worker } from 'node:worker_threads'
import { type FromWorker, ownedCopy, type ToWorker, wipeBytes } from './messages.ts'
import { ThreadsError } from './threads-error.ts'

/** A task and the callbacks of its caller. */
export interface Job extends ToWorker {
  resolve(output: unknown): void
  reject(error: Error): void
}

/** One worker thread, with at most one job at a time. An idle thread does not keep the process alive. */
export class Lane {
  readonly #worker: Worker
  readonly #onIdle: () => void
  #job: Job | undefined
  #cause: unknown
  readonly #ended = Promise.withResolvers<void>()
  #isRetiring = false

  /** `onIdle` is called when a job has ended, `onEnd` when the thread has ended and can take no more jobs. */
  constructor(file: URL, onIdle: () => void, onEnd: () => void) {
    this.#onIdle = onIdle
    this.#worker = new Worker(file, { name: 'keyhold-crypto' })
    this.#worker.unref()
    this.#worker.on('message', (answer: FromWorker) => this.#settle(answer))
    this.#worker.on('messageerror', () => this.#settle({ ok: false, message: 'the answer could not be read' }))
    // The lane stays busy until the thread has ended: a job given to it meanwhile would be lost.
    this.#worker.on('error', (error) => void (this.#cause = error))
    this.#worker.on('exit', () => {
      this.#lose()
      this.#ended.resolve()
      onEnd()
    })
  }

  get idle(): boolean {
    return this.#job === undefined && !this.#isRetiring
  }

  /** Call it only while {@link idle}. A job that cannot be sent is rejected, and the lane stays idle. */
  start(job: Job): void {
    const { copy, memory } = ownedCopy(job.input)
    try {
      this.#worker.postMessage({ name: job.name, input: copy } satisfies ToWorker, memory)
      this.#worker.ref()
      this.#job = job
    } catch (error) {
      wipeBytes(copy)
      job.reject(error as Error)
    }
  }

  /** Ends the thread, after its job if it has one. Takes no more jobs. */
  async retire(): Promise<void> {
    this.#isRetiring = true
    if (this.#job === undefined) await this.end()
    await this.#ended.promise
  }

  async end(): Promise<void> {
    await this.#worker.terminate()
  }

  #settle(answer: FromWorker): void {
    const job = this.#job
    this.#job = undefined
    this.#worker.unref()
    if (answer.ok) job?.resolve(answer.output)
    else job?.reject(new Error(answer.message))
    if (this.#isRetiring) void this.end()
    else this.#onIdle()
  }

  #lose(): void {
    const options = { cause: this.#cause }
    this.#job?.reject(new ThreadsError('lost', 'The thread that ran this computation has died.', options))
    this.#job = undefined
  }
}
