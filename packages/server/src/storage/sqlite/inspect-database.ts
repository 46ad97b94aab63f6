import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { StorageError } from '../storage-error.ts'
import type { LedgerReport } from '../store.ts'
import type { FromInspector, InspectorSettings } from './messages.ts'

/** Source and build differ in the extension only. */
const INSPECTOR = new URL(`./inspector${extname(import.meta.filename)}`, import.meta.url)

/**
 * Reads the whole database on a thread and a connection of its own, and compares it with its ledger. Writes nothing,
 * and copies nothing from the write-ahead log into the database: a log that belongs to another file does no harm.
 * Takes some 25 µs of CPU for each row. Ends early, with a rejection, when `signal` aborts.
 */
export async function inspectDatabase(
  { file, busyTimeoutMs, ledgerKey }: InspectorSettings,
  signal?: AbortSignal,
): Promise<LedgerReport> {
  const { promise, resolve, reject } = Promise.withResolvers<FromInspector>()
  const worker = new Worker(INSPECTOR, {
    name: 'keyhold-inspector',
    workerData: { file, busyTimeoutMs, ledgerKey } satisfies InspectorSettings,
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
    throw new StorageError(answer.code, answer.message)
  } finally {
    signal?.removeEventListener('abort', stop)
    await worker.terminate()
  }
}
