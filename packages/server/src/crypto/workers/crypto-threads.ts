import { availableParallelism } from 'node:os'
import { extname } from 'node:path'
import type { Clock } from '../../platform/clock.ts'
import { systemClock } from '../../platform/system-clock.ts'
import { Gate } from './gate.ts'
import { WorkerPool } from './pool.ts'
import type { TaskInput, TaskName, TaskOutput } from './tasks.ts'

/** Source and build differ only in the file extension. */
const WORKER = new URL(`./crypto-worker${extname(import.meta.filename)}`, import.meta.url)

/** Beyond this a caller would wait for seconds, and is throttled instead. One account can use half of it. */
const MAX_WAITING = 2000

/** An RSA_4096 pair takes about a second. */
const MAX_RSA_GENERATIONS_WAITING = 128

/** Leaves one core to the event loop, and uses at most four so that other programs on the machine can run. */
const SIZE = Math.max(1, Math.min(4, availableParallelism() - 1))

/** libuv has four threads by default. At most half of them compute signatures. */
const MAX_NATIVE = 2

/** How many RSA pairs are generated at once, each for a different account. */
const RSA_GENERATIONS = 2

/** One of libuv's four threads is always left for file system calls. */
const MAX_LIBUV = 3

/** Starts one of node:crypto's asynchronous functions, which calls `done` once. */
export type Start<T> = (done: (error: Error | null, value: T) => void) => void

/** The threads, as one account uses them. Each account has its own queue. */
export interface AccountThreads {
  /** Runs a task of the table in tasks.ts in a worker. Rejects with ThreadsError, or with the error of the task. */
  task<N extends TaskName>(name: N, input: TaskInput<N>): Promise<TaskOutput<N>>
  /**
   * Calls `start` when its turn comes, and resolves with the value it passes to its callback. Rejects with
   * ThreadsError, or with the error passed to the callback.
   */
  native<T>(start: Start<T>): Promise<T>
  /** Like `native`, for the generation of RSA pairs. */
  generateRsa<T>(start: Start<T>): Promise<T>
}

interface Options {
  size?: number
  maxWaiting?: number
  file?: URL
  clock?: Pick<Clock, 'monotonic'>
}

/**
 * Runs slow cryptography off the event loop, so that a burst of it does not delay other requests.
 *
 * What node:crypto can do asynchronously runs in libuv's threads, without a copy or a message. File system calls, such
 * as the fsync of the audit log, need the same few threads, so only some of them are used at a time. The rest is
 * synchronous in every library: noble, RSA decryption, RSA signatures over a digest. It runs in worker threads, which
 * do no file system calls.
 *
 * Both together never use more than `size` cores: with all cores busy the event loop would have to wait too. RSA pairs
 * take up to seconds to generate. They have separate slots, so that no signature waits for them.
 *
 * All work waits in the queue of its account, and the accounts take turns according to the time that their work takes
 * ({@link FairQueue}). An account generates one RSA pair at a time, so that the second slot is free for another
 * account.
 */
export class CryptoThreads {
  readonly #cores: Gate
  readonly #workers: WorkerPool
  readonly #native: Gate
  readonly #rsaGeneration: Gate
  readonly #libuv: Gate

  constructor({ size = SIZE, maxWaiting = MAX_WAITING, file = WORKER, clock = systemClock }: Options = {}) {
    const gate = (slots: number): Gate => new Gate({ slots, maxWaiting, clock })
    this.#cores = gate(size)
    this.#workers = new WorkerPool({ file, size, maxWaiting })
    this.#native = gate(Math.min(MAX_NATIVE, size))
    this.#libuv = gate(MAX_LIBUV)
    this.#rsaGeneration = new Gate({
      slots: RSA_GENERATIONS,
      slotsPerAccount: 1,
      maxWaiting: Math.min(maxWaiting, MAX_RSA_GENERATIONS_WAITING),
      clock,
    })
  }

  /** The threads for work of this account. */
  for(accountId: string): AccountThreads {
    const libuv = <T>(start: Start<T>): Promise<T> => this.#libuv.run(accountId, () => promised(start))
    const core = <T>(work: () => Promise<T>): Promise<T> => this.#cores.run(accountId, work)
    return {
      task: <N extends TaskName>(name: N, input: TaskInput<N>) =>
        core(() => this.#workers.run(name, input)) as Promise<TaskOutput<N>>,
      native: (start) => this.#native.run(accountId, () => core(() => libuv(start))),
      generateRsa: (start) => this.#rsaGeneration.run(accountId, () => libuv(start)),
    }
  }

  /** How many computations run, and how many wait for a thread, at whichever gate. */
  get load(): { running: number; waiting: number } {
    const waiting = [this.#cores, this.#native, this.#rsaGeneration, this.#libuv].map(({ load }) => load.waiting)
    return {
      running: this.#cores.load.running + this.#rsaGeneration.load.running,
      waiting: waiting.reduce((sum, count) => sum + count),
    }
  }

  /**
   * Ends the worker threads and with them what their memory holds of keys: those that are at work, after their task. New
   * threads take the next tasks.
   */
  renew(): Promise<void> {
    return this.#workers.renew()
  }

  /** Resolves when all submitted work has ended and every thread is stopped. */
  async close(): Promise<void> {
    await Promise.all([this.#native.close(), this.#rsaGeneration.close()])
    // Only now: work that waited at another gate still had to pass these.
    await this.#cores.close()
    await this.#libuv.close()
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
