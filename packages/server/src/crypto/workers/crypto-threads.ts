import { availableParallelism } from 'node:os'
import { extname } from 'node:path'
import type { Clock } from '../../platform/clock.ts'
import { systemClock } from '../../platform/system-clock.ts'
import { Gate } from './gate.ts'
import { WorkerPool } from './pool.ts'
import type { TaskInput, TaskName, TaskOutput } from './tasks.ts'

/** Source and build differ in the extension only. */
const WORKER = new URL(`./crypto-worker${extname(import.meta.filename)}`, import.meta.url)

/** Beyond this a caller would wait for seconds: it is told to come again instead. One account alone gets half of it. */
const MAX_WAITING = 2000

/** An RSA_4096 pair takes about a second. */
const MAX_RSA_GENERATIONS_WAITING = 128

/** One core is left to the event loop, and no more than four are taken from whatever else runs on the machine. */
const SIZE = Math.max(1, Math.min(4, availableParallelism() - 1))

/** libuv has four threads by default; half of them are never given to signatures. */
const MAX_NATIVE = 2

/** RSA pairs that are made at once, each for another account. */
const RSA_GENERATIONS = 2

/** Of libuv's four threads, one is always left to files. */
const MAX_LIBUV = 3

/** Starts one of node:crypto's asynchronous functions, which calls `done` once. */
export type Start<T> = (done: (error: Error | null, value: T) => void) => void

/** The threads as one account sees them. Whatever it asks for waits in that account's own line. */
export interface AccountThreads {
  /** Runs a task of the table in tasks.ts in a worker. Rejects with ThreadsError, or with the error of the task. */
  task<N extends TaskName>(name: N, input: TaskInput<N>): Promise<TaskOutput<N>>
  /** Calls `start` when its turn has come, and resolves with what it gives to its callback. */
  native<T>(start: Start<T>): Promise<T>
  /** As `native`, for the generation of RSA pairs. */
  generateRsa<T>(start: Start<T>): Promise<T>
}

interface Options {
  size?: number
  maxWaiting?: number
  file?: URL
  clock?: Pick<Clock, 'monotonic'>
}

/**
 * Where slow cryptography runs, so that a burst of it does not delay other requests.
 *
 * What node:crypto does asynchronously it does in libuv's threads, with no copy and no message: that is used where it
 * exists. But file system calls wait for the same few threads, the audit log's fsync among them, so only some are taken
 * at a time. The rest is synchronous whichever library does it: noble, RSA decryption, RSA signatures over a digest. It
 * runs in worker threads, which wait for nobody's files.
 *
 * Both together never use more than `size` cores: with all of them busy the event loop would wait for its turn too. The
 * generation of RSA pairs takes up to seconds, and has places of its own, so that no signature waits for it.
 *
 * Everything waits in the line of the account that asked for it, and the accounts take turns by the time that their
 * work takes ({@link FairQueue}). An account makes one RSA pair at a time, so that a second place is free for another.
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

  /** The threads for work that this account asked for. */
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

  /** Resolves when all that was asked for has ended, and no thread is left. */
  async close(): Promise<void> {
    await Promise.all([this.#native.close(), this.#rsaGeneration.close()])
    // Only now: what waited at another gate still had to pass these.
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
