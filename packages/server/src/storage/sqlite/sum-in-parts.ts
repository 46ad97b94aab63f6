import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { LedgerState } from '../ledger/ledger-state.ts'
import { EVERY_ROW, type LedgerTable, type RowRange } from './ledger-table.ts'
import type { FromInspector, InspectorSettings, InspectorTask, SummedPart } from './messages.ts'

/** Source and build differ in the extension only. */
export const INSPECTOR = new URL(`./inspector${extname(import.meta.filename)}`, import.meta.url)

/** How many threads are of use: the one that looks at indexes is busy with that for more than a third of the time. */
export const MOST_THREADS = 3

/** How long a row's element takes, and looking for the row in the indexes, measured against each other. */
const SUM_SHARE = 10
const INDEX_SHARE = 8

/** The rows that other threads sum, each over a connection of its own, while this one goes on. */
export interface RowsElsewhere {
  /** Which rows are for this thread to sum. */
  own: readonly RowRange[]
  /**
   * Adds the sums of the others. What one of them has not seen in the state that this connection sees, or could not
   * read, is summed here: so the whole is of one snapshot.
   */
  addTo(found: LedgerState): Promise<void>
}

/** Begins to sum the rows in so many threads, this one included. */
export function sumInParts(table: LedgerTable, settings: InspectorSettings, threads: number): RowsElsewhere {
  const stamp = table.stamp()
  const newest = table.newestRow()
  const ownRows = Math.floor((newest * Math.max(0, (SUM_SHARE + INDEX_SHARE) / threads - INDEX_SHARE)) / SUM_SHARE)
  const others = stamp === undefined ? [] : split({ first: ownRows + 1, last: newest }, threads - 1)
  const parts = others.map((range) => ({ range, part: partOf(range, settings) }))
  return {
    own:
      others.length === 0
        ? [EVERY_ROW]
        : [
            { ...EVERY_ROW, last: ownRows },
            { ...EVERY_ROW, first: newest + 1 },
          ],
    addTo: async (found) => {
      for (const { range, part } of parts) {
        const summed = await part
        if (summed !== undefined && summed.stamp === stamp) found.addPart(summed)
        else table.addRows(found, range)
      }
    },
  }
}

function split({ first, last }: { first: number; last: number }, count: number): RowRange[] {
  const size = Math.ceil((last - first + 1) / count)
  const ranges = Array.from({ length: count }, (_, index) => ({
    first: first + index * size,
    last: Math.min(last, first + (index + 1) * size - 1),
  }))
  return ranges.filter((range) => range.first <= range.last)
}

/** `undefined` where the thread failed, for whatever reason. */
async function partOf(
  part: RowRange,
  { file, busyTimeoutMs, ledgerKey }: InspectorSettings,
): Promise<SummedPart | undefined> {
  const { promise, resolve } = Promise.withResolvers<FromInspector | undefined>()
  const task: InspectorTask = { file, busyTimeoutMs, ledgerKey, part }
  const worker = new Worker(INSPECTOR, { name: 'keyhold-summer', workerData: task })
  worker.on('message', resolve)
  worker.on('error', () => resolve(undefined))
  worker.on('exit', () => resolve(undefined))
  try {
    const answer = await promise
    return answer?.kind === 'part' ? answer.part : undefined
  } finally {
    await worker.terminate()
  }
}
