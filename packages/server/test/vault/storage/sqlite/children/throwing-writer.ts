/** A writer thread that opens the database and throws at the first batch. */
import { parentPort, workerData } from 'node:worker_threads'
import { openForWriting } from '../../../../../src/vault/storage/sqlite/connection.ts'
import type { WriterSettings } from '../../../../../src/vault/storage/sqlite/messages.ts'
import { migrate } from '../../../../../src/vault/storage/sqlite/schema.ts'

migrate(openForWriting(workerData as WriterSettings, []))
parentPort?.on('message', () => {
  throw new Error('the writer is broken')
})
parentPort?.postMessage({ kind: 'ready' })
