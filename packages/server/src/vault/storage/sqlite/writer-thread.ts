import { setImmediate } from 'node:timers'
import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { Rewrite, Rewritten } from '../rewrite.ts'
import { StorageError } from '../storage-error.ts'
import type { CommitResult } from '../store.ts'
import type { Failure, FromWriter, Outcome, ToWriter, Work, WriterSettings } from './messages.ts'

/**
 * The maximum number of commits in one transaction, and so one fdatasync. Limits how long another process waits for the
 * lock.
 */
const MAX_BATCH = 256

/** The maximum number of commits that wait for the thread. Far more than requests can be in progress. */
const MAX_WAITING = 10_000

/** Source and build differ only in the file extension. */
export const WRITER = new URL(`./writer${extname(import.meta.filename)}`, import.meta.url)

interface Waiting {
  work: Work
  resolve: (outcome: Exclude<Outcome, Failure>) => void
  reject: (error: StorageError) => void
}

/**
 * Sends work to the writer thread and receives its results, so that the event loop never waits for a disk. Work that
 * arrives while a batch is being written forms the next batch.
 */
export class WriterThread {
  readonly #worker: Worker
  readonly #warn: (message: string) => void
  readonly #ready = Promise.withResolvers<void>()
  readonly #ended = Promise.withResolvers<void>()
  #waiting: Waiting[] = []
  #inFlight: Waiting[] = []
  #fault: StorageError | undefined
  #closing = false
  #scheduled = false

  private constructor(settings: WriterSettings, file: URL, warn: (message: string) => void) {
    this.#warn = warn
    this.#worker = new Worker(file, { name: 'keyhold-writer', workerData: settings })
    this.#worker.on('message', (message: FromWriter) => this.#receive(message))
    this.#worker.on('error', (error) => this.#fail(failed('The writer thread failed', error)))
    this.#worker.on('exit', () => this.#exited())
  }

  /** Resolves when the database is open and migrated. Rejects with {@link StorageError}; the thread has then ended. */
  static async start(settings: WriterSettings, file: URL, warn: (message: string) => void): Promise<WriterThread> {
    const thread = new WriterThread(settings, file, warn)
    try {
      await thread.#ready.promise
      return thread
    } catch (error) {
      await thread.#ended.promise
      throw error
    }
  }

  /** Why the thread no longer works. */
  get fault(): StorageError | undefined {
    return this.#fault
  }

  /** Resolves when the work is on disk or its expectations have failed. Rejects as Store.commit does. */
  async submit(work: Exclude<Work, { kind: 'rewrite' }>): Promise<CommitResult> {
    const outcome = await this.#submit(work)
    if (outcome.kind === 'result') return outcome.result
    throw failed('The writer thread gave another result')
  }

  /** Resolves when a step is on disk. Rejects as Store.commit does. */
  async rewrite(step: Rewrite): Promise<Rewritten> {
    const outcome = await this.#submit({ kind: 'rewrite', step })
    if (outcome.kind === 'rewritten') return outcome.result
    throw failed('The writer thread gave another result')
  }

  #submit(work: Work): Promise<Exclude<Outcome, Failure>> {
    if (this.#fault) return Promise.reject(this.#fault)
    if (this.#waiting.length >= MAX_WAITING) {
      return Promise.reject(new StorageError('busy', `More than ${MAX_WAITING} commits are waiting for the disk.`))
    }
    const { promise, resolve, reject } = Promise.withResolvers<Exclude<Outcome, Failure>>()
    this.#waiting.push({ work, resolve, reject })
    this.#schedule()
    return promise
  }

  /** Ends the thread after the waiting work. */
  async close(): Promise<void> {
    this.#closing = true
    this.#schedule()
    await this.#ended.promise
  }

  /** Waits for one turn of the event loop, so that requests which arrive or continue together share a batch. */
  #schedule(): void {
    if (this.#scheduled || this.#fault) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      this.#sendNext()
    })
  }

  #sendNext(): void {
    if (this.#inFlight.length > 0 || this.#fault) return
    this.#inFlight = this.#waiting.splice(0, MAX_BATCH)
    if (this.#inFlight.length > 0) this.#post({ kind: 'batch', works: this.#inFlight.map(({ work }) => work) })
    else if (this.#closing) this.#post({ kind: 'close' })
  }

  #post(message: ToWriter): void {
    this.#worker.postMessage(message)
  }

  #receive(message: FromWriter): void {
    if (message.kind === 'ready') this.#ready.resolve()
    else if (message.kind === 'refused') this.#fail(fromFailure(message.failure))
    else if (message.kind === 'warning') this.#warn(message.message)
    else this.#settle(message.outcomes)
  }

  #settle(outcomes: readonly Outcome[]): void {
    const settled = this.#inFlight
    this.#inFlight = []
    settled.forEach(({ resolve, reject }, index) => {
      const outcome = outcomes[index]
      if (outcome === undefined) reject(failed('The writer thread gave no result'))
      else if (outcome.kind === 'failure') reject(fromFailure(outcome))
      else resolve(outcome)
    })
    this.#schedule()
  }

  #exited(): void {
    if (!this.#closing) this.#fail(failed('The writer thread ended'))
    this.#fail(new StorageError('closed', 'The store is closed.'))
    this.#ended.resolve()
  }

  /** The first fault is kept: it is the cause of all later ones. */
  #fail(fault: StorageError): void {
    this.#fault ??= fault
    this.#ready.reject(this.#fault)
    const pending = [...this.#inFlight, ...this.#waiting]
    this.#inFlight = []
    this.#waiting = []
    for (const { reject } of pending) reject(this.#fault)
  }
}

function fromFailure({ code, message }: Failure): StorageError {
  return new StorageError(code, message)
}

function failed(what: string, cause?: unknown): StorageError {
  const reason = Error.isError(cause) ? `: ${cause.message}` : ''
  return new StorageError('failed', `${what}${reason}. Restart Keyhold; what was acknowledged is on disk.`, { cause })
}
