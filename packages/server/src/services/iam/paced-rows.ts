import { type Page, everyRow } from '../../vault/storage/page.ts'
import { payerOf } from '../../execution/throttle/lines.ts'
import type { Context } from './entities.ts'

/** Rows that are read and processed in one turn of the event loop: about a millisecond, more if documents are shown. */
const ROWS_PER_TURN = 20
/** The cost of reading a row and what it refers to, in steps of a policy decision. */
const STEPS_PER_ROW = 1000

/**
 * All records of a listing that may be long, behind the one with the id `after`, a few in each turn of the event loop, at the expense of the caller's account: how many
 * of them are shown may be none.
 */
export async function* pacedRows<T extends { id: string }>(
  list: (page: Page) => Promise<T[]>,
  { caller, services: { directory, throttle } }: Context,
  after?: string,
): AsyncGenerator<T> {
  let read = 0
  for await (const row of everyRow(list, ROWS_PER_TURN, after)) {
    if (read > 0 && read % ROWS_PER_TURN === 0) await directory.slices.next()
    read += 1
    throttle?.decided(payerOf(caller.principal), STEPS_PER_ROW)
    yield row
  }
}
