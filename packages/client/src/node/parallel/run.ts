import { availableParallelism } from 'node:os'
import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { STOP } from './job.ts'
import type { BatchDone, Job, Report } from './job.ts'

/** In the extension that this package runs in: `.ts` from its sources, `.js` as published. */
const WORKER = new URL(`./frames-worker${extname(import.meta.filename)}`, import.meta.url)

/** More do not help: reading and writing then wait for memory. */
const MAX_THREADS = 4

/** From here on starting the threads takes less time than they save. */
export const PARALLEL_FROM_BYTES = 32 * 2 ** 20

export interface RunOptions {
  onBatch: (batch: BatchDone) => void
  signal?: AbortSignal | undefined
}

/**
 * Has several threads seal or open the frames of a body, from file to file.
 *
 * @returns whether all of it went as planned; if not, the source is not what the plan says, and the target is worthless.
 * @throws what reading or writing threw, and the signal's reason. No thread runs any more then.
 */
export async function runInThreads(job: Omit<Job, 'shared'>, { onBatch, signal }: RunOptions): Promise<boolean> {
  const shared = new Int32Array(new SharedArrayBuffer(8))
  const stop = (): void => void Atomics.store(shared, STOP, 1)
  let isRegular = true
  const onReport = (report: Report): void => {
    if ('bytes' in report) return onBatch(report)
    isRegular = false
    stop()
  }
  signal?.addEventListener('abort', stop)
  try {
    const threads = Array.from({ length: Math.min(MAX_THREADS, availableParallelism()) }, () =>
      run({ ...job, shared }, onReport).catch((error: unknown) => {
        stop()
        throw error
      }),
    )
    const ended = await Promise.allSettled(threads)
    signal?.throwIfAborted()
    const failed = ended.find((result) => result.status === 'rejected')
    if (failed !== undefined) throw failed.reason
    return isRegular
  } finally {
    signal?.removeEventListener('abort', stop)
  }
}

function run(job: Job, onReport: (report: Report) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(WORKER, { name: 'keyhold-frames', workerData: job })
    worker.on('message', onReport)
    worker.on('error', reject)
    worker.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`A thread ended with ${code}`))))
  })
}
