import { type Hierarchy, IntegrityError } from '../hierarchy/hierarchy.ts'
import type { Logger } from '../platform/logger.ts'
import type { DuePosition, Row, Store, TableName } from '../storage/store.ts'

const ROWS_PER_PAGE = 100
/** What one run does at most: the next one goes on. */
const ACTS_PER_RUN = 100

interface Due {
  table: Exclude<TableName, 'domain_key'>
  nowMs: number
}

interface Context {
  store: Store
  hierarchy: Hierarchy
  logger: Logger
}

/**
 * Shows each due row of a table to `act`, which answers whether it did something. Rows that it has nothing to do with,
 * such as those that wait for another job, are passed over and keep nobody waiting.
 */
export async function actOnDueRows(
  due: Due,
  act: (row: Row) => Promise<boolean>,
  { store, hierarchy, logger }: Context,
): Promise<void> {
  let acts = 0
  for await (const row of dueRows(due, store)) {
    try {
      if (await act(await hierarchy.verify(row))) acts += 1
    } catch (error) {
      // A row that somebody edited is not acted on, and must not keep the others waiting.
      if (!(error instanceof IntegrityError)) throw error
      logger.error('a row that is due is left alone: it, or one that belongs to it, is not authentic', {
        row: row.id,
        error,
      })
    }
    if (acts === ACTS_PER_RUN) return
  }
}

async function* dueRows({ table, nowMs }: Due, store: Store): AsyncGenerator<Row> {
  let after: DuePosition | undefined
  for (;;) {
    const rows = await store.listDue(table, nowMs, ROWS_PER_PAGE, after)
    yield* rows
    const { dueMs = null, id = '' } = rows.at(-1) ?? {}
    if (dueMs === null || rows.length < ROWS_PER_PAGE) return
    after = { dueMs, id }
  }
}
