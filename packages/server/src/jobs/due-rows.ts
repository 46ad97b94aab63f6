import { type Hierarchy, IntegrityError } from '../vault/hierarchy/hierarchy.ts'
import type { Logger } from '../platform/logger.ts'
import type { DuePosition, Row, Store, TableName } from '../vault/storage/store.ts'

/** How many rows are in memory at once. The database is inspected once for each page with a row to delete. */
const ROWS_PER_PAGE = 500
/** How often a row is retried in one run if another writer changes it. */
const MAX_ATTEMPTS = 5

/** The tables with rows that have a due time. */
const TABLES_WITH_DUE_ROWS = ['key', 'material'] as const satisfies readonly TableName[]

/**
 * The result for a due row: it was processed, there was nothing to do (another job processes it), or another writer
 * changed it first.
 */
export type Outcome = 'done' | 'passed' | 'lost'

interface Due {
  table: (typeof TABLES_WITH_DUE_ROWS)[number]
  nowMs: number
}

interface Context {
  store: Store
  hierarchy: Hierarchy
  logger: Logger
  /** Ends a run between two rows; the next run continues. */
  stopping?: AbortSignal
}

/** Processes one due row. `reading` is the same object for all rows that were read together. */
type Act = (row: Row, reading: object) => Promise<Outcome>

/**
 * Passes each due row of a table to `act`, once each and ordered by due time. Rows that become due meanwhile are left
 * for the next run. If another writer changed a row, it is read again, and passed again if it is still due.
 */
export async function actOnDueRows(due: Due, act: Act, context: Context): Promise<void> {
  for await (const rows of duePages(due, context.store)) {
    const reading = {}
    for (const row of rows) {
      if (context.stopping?.aborted) return
      await actOnRow(row, reading, { ...due, act }, context)
    }
  }
}

async function actOnRow(
  first: Row,
  page: object,
  { table, nowMs, act }: Due & { act: Act },
  { store, hierarchy, logger }: Context,
): Promise<void> {
  let [row, reading]: [Row | undefined, object] = [first, page]
  try {
    for (let attempt = 0; attempt < MAX_ATTEMPTS && isDue(row, nowMs); attempt++) {
      if ((await act(await hierarchy.verify(row), reading)) !== 'lost') return
      row = await store.get(table, first.id)
      reading = {}
    }
  } catch (error) {
    // A modified row is not processed, and must not block the others.
    if (!(error instanceof IntegrityError)) throw error
    logger.error('skipped a due row: it, or a row that belongs to it, is not authentic', {
      row: first.id,
      error,
    })
  }
}

function isDue(row: Row | undefined, nowMs: number): row is Row {
  return row !== undefined && row.dueMs !== null && row.dueMs <= nowMs
}

async function* duePages({ table, nowMs }: Due, store: Store): AsyncGenerator<Row[]> {
  let after: DuePosition | undefined
  for (;;) {
    const rows = await store.listDue(table, nowMs, ROWS_PER_PAGE, after)
    yield rows
    const { dueMs = null, id = '' } = rows.at(-1) ?? {}
    if (dueMs === null || rows.length < ROWS_PER_PAGE) return
    after = { dueMs, id }
  }
}

/** Returns the due time of the first row of any table that is due after `afterMs` and until `untilMs`. */
export async function nextDueMs(store: Store, afterMs: number, untilMs: number): Promise<number | undefined> {
  const after = { dueMs: afterMs + 1, id: '' }
  const firsts = await Promise.all(TABLES_WITH_DUE_ROWS.map((table) => store.listDue(table, untilMs, 1, after)))
  const times = firsts.flat().flatMap(({ dueMs }) => dueMs ?? [])
  return times.length === 0 ? undefined : Math.min(...times)
}
