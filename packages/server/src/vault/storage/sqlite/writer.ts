/** The writer thread: the only connection of this process that writes. {@link WriterThread} starts it. */
import { parentPort, workerData } from 'node:worker_threads'
import { BatchRunner, toFailure } from './batch.ts'
import { SchemaGuard } from './check-objects.ts'
import { Checkpointer } from './checkpointer.ts'
import { openForWriting } from './connection.ts'
import { storageError } from './errors.ts'
import type { FromWriter, ToWriter, Work, WriterSettings } from './messages.ts'
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
  const batches = new BatchRunner(database, new OpenFiles(settings.file), settings)
  if (settings.create) batches.beginIfNew()
  const checkpointer = new Checkpointer(database, settings.busyTimeoutMs, (message) =>
    send({ kind: 'warning', message }),
  )
  // A process that ended abnormally can have left deleted bytes in the log.
  checkpointer.erase()

  const runBatch = (works: readonly Work[]): void => {
    const { outcomes, erased } = batches.run(works)
    send({ kind: 'done', outcomes })
    checkpointer.afterBatch(erased)
  }
  port.on('message', (message: ToWriter) => {
    if (message.kind === 'batch') {
      // The next message comes when this batch is done, also if something is loaded first.
      const loading = batches.prepare(message.works)
      if (loading === undefined) runBatch(message.works)
      else void loading.then(() => runBatch(message.works))
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
