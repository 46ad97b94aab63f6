/** The thread that inspects a database. {@link inspectDatabase} starts it, and it ends after one report. */
import { parentPort, workerData } from 'node:worker_threads'
import { toFailure } from './batch.ts'
import { storageError } from './errors.ts'
import { inspectFile } from './inspect-file.ts'
import type { FromInspector, InspectorSettings } from './messages.ts'

if (!parentPort) throw new Error('This file runs as a worker thread.')

function report(settings: InspectorSettings): FromInspector {
  try {
    return { kind: 'report', report: inspectFile(settings) }
  } catch (error) {
    return toFailure(storageError(error))
  }
}

// Only inspectDatabase starts this file, with exactly this data.
parentPort.postMessage(report(workerData as InspectorSettings))
