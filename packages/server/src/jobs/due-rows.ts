import { IntegrityError } from '../vault/hierarchy/sealing.ts'
import type { DuePosition } from '../vault/storage/page.ts'
import type { Logger } from '../platform/logger.ts'
import type { Authentic, Unread } from '../vault/records/authentic.ts'
import { keyTable } from '../vault/records/key.ts'
import { materialTable } from '../vault/records/material.ts'
import type { Records } from '../vault/records/records.ts'
import type { Table } from '../vault/records/table.ts'

/** How many rows are in memory at once. The database is inspected once for each page with a row to delete. */
const ROWS_PER_PAGE = 500
/** How often a row is retried in one run if another writer changes it. */
const MAX_ATTEMPTS = 5

/** The tables with rows that have a due time. */
const TABLES_WITH_DUE_ROWS = [keyTable, materialTable]

/**
 * The result for a due row: it was processed, there was nothing to do (another job processes it), or another writer
 * changed it first.
 */
export type Outcome = 'done' | 'passed' | 'lost'

interface Due<T> {
  table: Table<T>
  nowMs: number
}

interface Context {
  records: Records
  logger: Logger
  /** Ends a run between two rows; the next run continues. */
  stopping?: AbortSignal
}

/** Processes one due row. `reading` is the same object for all rows that were read together. */
type Act<T> = (record: Authentic<T>, reading: object) => Promise<Outcome>

type Read<T> = Authentic<T> | Unread<T>

/**
 * Passes each due row of a table to `act`, once each and ordered by due time. Rows that become due meanwhile are left
 * for the next run. If another writer changed a row, it is read again, and passed again if it is still due.
 */
export async function actOnDueRows<T>(due: Due<T>, act: Act<T>, context: Context): Promise<void> {
  for await (const rows of duePages(due, context.records)) {
    const reading = {}
    for (const row of rows) {
      if (context.stopping?.aborted) return
      await actOnRow(row, reading, { ...due, act }, context)
    }
  }
}

async function actOnRow<T>(
  first: Read<T>,
  page: object,
  { table, nowMs, act }: Due<T> & { act: Act<T> },
  { records, logger }: Context,
): Promise<void> {
  let [row, reading]: [Read<T> | undefined, object] = [first, page]
  try {
    for (let attempt = 0; attempt < MAX_ATTEMPTS && isDue(row, nowMs); attempt++) {
      if (!row.isAuthentic) throw new IntegrityError(`the row ${row.table} ${row.id} does not verify`)
      if ((await act(row, reading)) !== 'lost') return
      row = await records.examined.byId(table, first.id)
      reading = {}
    }
  } catch (error) {
    // A modified row is not processed, and must not block the others.
    if (!(error instanceof IntegrityError)) throw error
    logger.error('a due row is skipped: it, or a row that belongs to it, is not authentic', {
      table: table.name,
      row: first.id,
      error,
    })
  }
}

function isDue<T>(row: Read<T> | undefined, nowMs: number): row is Read<T> {
  return row !== undefined && row.dueMs !== null && row.dueMs <= nowMs
}

async function* duePages<T>({ table, nowMs }: Due<T>, records: Records): AsyncGenerator<Read<T>[]> {
  let after: DuePosition | undefined
  for (;;) {
    const rows = await records.examined.due(table, nowMs, ROWS_PER_PAGE, after)
    yield rows
    const { dueMs = null, id = '' } = rows.at(-1) ?? {}
    if (dueMs === null || rows.length < ROWS_PER_PAGE) return
    after = { dueMs, id }
  }
}

/** Returns the due time of the first row of any table that is due after `afterMs` and until `untilMs`. */
export async function nextDueMs({ unread }: Records, afterMs: number, untilMs: number): Promise<number | undefined> {
  const after = { dueMs: afterMs + 1, id: '' }
  const firsts = await Promise.all(TABLES_WITH_DUE_ROWS.map((table) => unread.due<unknown>(table, untilMs, 1, after)))
  const times = firsts.flat().flatMap(({ dueMs }) => dueMs ?? [])
  return times.length === 0 ? undefined : Math.min(...times)
}
