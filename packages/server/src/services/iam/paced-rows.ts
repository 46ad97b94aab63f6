import { everyRow } from '../../vault/storage/every-row.ts'
import type { Page, Row } from '../../vault/storage/store.ts'
import { payerOf } from '../../execution/throttle/payer.ts'
import type { Context } from './entities.ts'

/** Rows that are read and looked at in one turn of the event loop: about a millisecond, more where documents are shown. */
const ROWS_PER_TURN = 20
/** What reading a row and what it leads to takes, in the steps that decisions are counted in. */
const STEPS_PER_ROW = 1000

/**
 * All rows of a listing that may be long, a few in each turn of the event loop, at the expense of the caller's account: how many
 * of them are shown may be none.
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
