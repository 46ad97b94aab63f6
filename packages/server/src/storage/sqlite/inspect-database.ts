import { stat } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { StorageError } from '../storage-error.ts'
import type { LedgerReport } from '../store.ts'
import { storageError } from './errors.ts'
import { inspectFile } from './inspect-file.ts'
import type { FromInspector, InspectorSettings, InspectorTask } from './messages.ts'
import { INSPECTOR, MOST_THREADS } from './sum-in-parts.ts'

/** A file up to this size is inspected in less time than a thread takes to start. */
const SMALL_BYTES = 4 * 1024 * 1024

/** {@link inspectDatabase} before anything else runs: a small database is inspected on the calling thread. */
export async function inspectAtOpening(settings: InspectorSettings): Promise<LedgerReport> {
  const { size } = await stat(settings.file)
  if (size > SMALL_BYTES) {
    return inspectDatabase(settings, { threads: Math.min(availableParallelism(), MOST_THREADS) })
  }
  try {
    return await inspectFile(settings)
  } catch (error) {
    throw storageError(error)
  }
}

/**
 * Reads the whole database on a thread and a connection of its own, and compares it with its ledger. Writes nothing,
 * and copies nothing from the write-ahead log into the database: a log that belongs to another file does no harm.
 * Takes some 20 µs of CPU for each row, which more `threads` share. Ends early, with a rejection, when `signal` aborts.
 */
export async function inspectDatabase(
  { file, busyTimeoutMs, ledgerKey }: InspectorSettings,
  { signal, threads = 1 }: { signal?: AbortSignal | undefined; threads?: number } = {},
): Promise<LedgerReport> {
  const { promise, resolve, reject } = Promise.withResolvers<FromInspector>()
  const worker = new Worker(INSPECTOR, {
    name: 'keyhold-inspector',
    workerData: { file, busyTimeoutMs, ledgerKey, threads } satisfies InspectorTask,
  })
  worker.on('message', resolve)
  worker.on('error', reject)
  worker.on('exit', () => reject(new StorageError('failed', 'The inspection of the database was cut short.')))
  const stop = (): void => void worker.terminate()
  signal?.addEventListener('abort', stop)
  if (signal?.aborted === true) stop()
  try {
    const answer = await promise
    if (answer.kind === 'report') return answer.report
    if (answer.kind === 'failure') throw new StorageError(answer.code, answer.message)
    throw new Error('an inspector answers with a report')
  } finally {
    signal?.removeEventListener('abort', stop)
    await worker.terminate()
  }
}
