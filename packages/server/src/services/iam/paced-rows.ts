import { everyRow } from '../../vault/storage/every-row.ts'
import type { Page, Row } from '../../vault/storage/store.ts'
import { payerOf } from '../../execution/throttle/payer.ts'
import type { Context } from './entities.ts'

/** Rows that are read and processed in one turn of the event loop: about a millisecond, more if documents are shown. */
const ROWS_PER_TURN = 20
/** The cost of reading a row and what it refers to, in steps of a policy decision. */
const STEPS_PER_ROW = 1000

/**
 * Yields all rows of a long list, a few in each turn of the event loop. The work is charged to the caller's account,
 * because possibly none of the rows is shown.
 */
export async function* pacedRows(
  list: (page: Page) => Promise<Row[]>,
  { caller, services: { directory, throttle } }: Context,
): AsyncGenerator<Row> {
  let read = 0
  for await (const row of everyRow(list, ROWS_PER_TURN)) {
    if (read > 0 && read % ROWS_PER_TURN === 0) await directory.slices.next()
    read += 1
    throttle?.decided(payerOf(caller.principal), STEPS_PER_ROW)
    yield row
  }
}
