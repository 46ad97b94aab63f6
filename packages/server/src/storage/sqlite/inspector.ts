/** The thread that inspects a database. Started by {@link inspectDatabase}; ends after one report. */
import { parentPort, workerData } from 'node:worker_threads'
import { LedgerKeys } from '../ledger/ledger-keys.ts'
import { toFailure } from './batch.ts'
import { openForReading } from './connection.ts'
import { storageError } from './errors.ts'
import { inspect } from './inspection.ts'
import type { FromInspector, InspectorSettings } from './messages.ts'

if (!parentPort) throw new Error('This file runs as a worker thread.')

function report(settings: InspectorSettings): FromInspector {
  try {
    const database = openForReading(settings)
    try {
      return { kind: 'report', report: inspect(database, new LedgerKeys(settings.ledgerKey)) }
    } finally {
      database.close()
    }
  } catch (error) {
    return toFailure(storageError(error))
  }
}

// Only inspectDatabase starts this file, with exactly these data.
parentPort.postMessage(report(workerData as InspectorSettings))
