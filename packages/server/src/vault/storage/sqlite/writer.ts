/** The writer thread: the only connection of this process that writes. {@link WriterThread} starts it. */
import { parentPort, workerData } from 'node:worker_threads'
import { BatchRunner, toFailure } from './batch.ts'
import { SchemaGuard } from './check-objects.ts'
import { Checkpointer } from './checkpointer.ts'
import { openForWriting } from './connection.ts'
import { storageError } from './errors.ts'
import type { FromWriter, ToWriter, WriterSettings } from './messages.ts'
import { migrate } from './schema.ts'
import { OpenFiles } from './open-files.ts'

if (!parentPort) throw new Error('This file runs as a worker thread.')
const port = parentPort

function send(message: FromWriter): void {
  port.postMessage(message)
}

function start(settings: WriterSettings): void {
  const database = openForWriting(settings, settings.pragmas)
  migrate(database)
  new SchemaGuard(database).checkAtOpen()
  const batches = new BatchRunner(database, new OpenFiles(settings.file), settings.keptCommits, settings.ledgerKey)
  if (settings.create) batches.beginIfNew()
  const checkpointer = new Checkpointer(database, settings.busyTimeoutMs, (message) =>
    send({ kind: 'warning', message }),
  )
  // A process that ended abnormally can have left deleted bytes in the log.
  checkpointer.erase()

  port.on('message', (message: ToWriter) => {
    if (message.kind === 'batch') {
      const { outcomes, erased } = batches.run(message.works)
      send({ kind: 'done', outcomes })
      checkpointer.afterBatch(erased)
    } else {
      checkpointer.close()
      database.close()
      port.close()
    }
  })
  send({ kind: 'ready' })
}

try {
  // Only WriterThread starts this file, with exactly this data.
  start(workerData as WriterSettings)
} catch (error) {
  send({ kind: 'refused', failure: toFailure(storageError(error)) })
  port.close()
}
