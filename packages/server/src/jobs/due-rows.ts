import { type Hierarchy, IntegrityError } from '../vault/hierarchy/hierarchy.ts'
import type { Logger } from '../platform/logger.ts'
import type { DuePosition, Row, Store, TableName } from '../vault/storage/store.ts'

/** How many rows are in memory at once; a database is inspected once for each page that something of it is deleted for. */
const ROWS_PER_PAGE = 500
/** How often a row is looked at again in one run that another writer changed meanwhile. */
const MAX_ATTEMPTS = 5

/** The tables that have rows which are due at some time. */
const TABLES_WITH_DUE_ROWS = ['key', 'material'] as const satisfies readonly TableName[]

/**
 * What became of a due row: it was acted on, there was nothing to do (it waits for another job), or another writer
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
  /** Ends a run between two rows; the next one goes on. */
  stopping?: AbortSignal
}

/** Acts on one due row. `reading` is the same object for all rows that were read together. */
type Act = (row: Row, reading: object) => Promise<Outcome>

/**
 * Shows each due row of a table to `act`, those that are due first at the beginning, and once each: what becomes due meanwhile
 * is for the next run. A row that another writer changed is read again and shown again if it is still due.
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
    // A row that somebody edited is not acted on, and must not keep the others waiting.
    if (!(error instanceof IntegrityError)) throw error
    logger.error('a row that is due is left alone: it, or one that belongs to it, is not authentic', {
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

/** When the first row is due after `afterMs` and until `untilMs`, of any table. */
export async function nextDueMs(store: Store, afterMs: number, untilMs: number): Promise<number | undefined> {
  const after = { dueMs: afterMs + 1, id: '' }
  const firsts = await Promise.all(TABLES_WITH_DUE_ROWS.map((table) => store.listDue(table, untilMs, 1, after)))
  const times = firsts.flat().flatMap(({ dueMs }) => dueMs ?? [])
  return times.length === 0 ? undefined : Math.min(...times)
}
