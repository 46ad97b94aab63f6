/**
 * The thread that inspects a database, or sums a part of its rows for another that does. Started by
 * {@link inspectDatabase} and {@link sumInParts}; ends after one report.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { toFailure } from './batch.ts'
import { storageError } from './errors.ts'
import { inspectFile, sumPart } from './inspect-file.ts'
import type { FromInspector, InspectorTask } from './messages.ts'

if (!parentPort) throw new Error('This file runs as a worker thread.')

async function report(task: InspectorTask): Promise<FromInspector> {
  try {
    if ('part' in task) return { kind: 'part', part: sumPart(task, task.part) }
    return { kind: 'report', report: await inspectFile(task, task.threads) }
  } catch (error) {
    return toFailure(storageError(error))
  }
}

// Only the two that are named above start this file, with exactly these data.
parentPort.postMessage(await report(workerData as InspectorTask))
