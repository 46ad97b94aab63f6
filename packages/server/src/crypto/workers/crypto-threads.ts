import { availableParallelism } from 'node:os'
import { extname } from 'node:path'
import { Gate } from './gate.ts'
import { WorkerPool } from './pool.ts'
import type { TaskInput, TaskName, TaskOutput } from './tasks.ts'

/** Source and build differ in the extension only. */
const WORKER = new URL(`./worker${extname(import.meta.filename)}`, import.meta.url)

/** Beyond this a caller would wait for seconds: it is told to come again instead. */
const MAX_WAITING = 1000

/** One core is left to the event loop, and no more than four are taken from whatever else runs on the machine. */
const SIZE = Math.max(1, Math.min(4, availableParallelism() - 1))

/** libuv has four threads by default; half of them are never given to signatures. */
const MAX_NATIVE = 2

/** Starts one of node:crypto's asynchronous functions, which calls `done` once. */
export type Start<T> = (done: (error: Error | null, value: T) => void) => void

/**
 * Where slow cryptography runs, so that a burst of it does not delay other requests.
 *
 * What node:crypto does asynchronously it does in libuv's threads, with no copy and no message: that is used where it
 * exists. But file system calls wait for the same few threads, the audit log's fsync among them, so only some are taken
 * at a time. The rest is synchronous whichever library does it: noble, RSA decryption, RSA signatures over a digest. It
 * runs in worker threads, which wait for nobody's files.
 *
 * Both together never use more than `size` cores: with all of them busy the event loop would wait for its turn too. The
 * generation of RSA pairs takes up to seconds, and has one place of its own, so that no signature waits for it.
 */
export class CryptoThreads {
  readonly #cores: Gate
  readonly #workers: WorkerPool
  readonly #native: Gate
  readonly #rsaGeneration: Gate

  constructor({ size = SIZE, maxWaiting = MAX_WAITING, file = WORKER } = {}) {
    this.#cores = new Gate(size, maxWaiting)
    this.#workers = new WorkerPool({ file, size, maxWaiting })
    this.#native = new Gate(Math.min(MAX_NATIVE, size), maxWaiting)
    this.#rsaGeneration = new Gate(1, maxWaiting)
  }

  /** Runs a task of the table in tasks.ts in a worker. Rejects with ThreadsError, or with the error of the task. */
  task<N extends TaskName>(name: N, input: TaskInput<N>): Promise<TaskOutput<N>> {
    return this.#cores.run(() => this.#workers.run(name, input)) as Promise<TaskOutput<N>>
  }

  /** Calls `start` when its turn has come, and resolves with what it gives to its callback. */
  native<T>(start: Start<T>): Promise<T> {
    return this.#native.run(() => this.#cores.run(() => promised(start)))
  }

  /** As {@link native}, for the generation of RSA pairs. */
  generateRsa<T>(start: Start<T>): Promise<T> {
    return this.#rsaGeneration.run(() => promised(start))
  }

  /** Resolves when all that was asked for has ended, and no thread is left. */
  async close(): Promise<void> {
    await Promise.all([this.#native.close(), this.#rsaGeneration.close()])
    await this.#cores.close() // only now: what waited at another gate still had to pass this one
    await this.#workers.close()
  }
}

function promised<T>(start: Start<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    start((error, value) => {
      if (error) reject(error)
      else resolve(value)
    })
  })
}
