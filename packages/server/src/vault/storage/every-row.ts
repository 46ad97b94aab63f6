import type { Page, Row } from './store.ts'

const ROWS_PER_PAGE = 500

/** All rows of a listing, a page at a time. */
export async function* everyRow(
  list: (page: Page) => Promise<Row[]>,
  limit: number = ROWS_PER_PAGE,
): AsyncGenerator<Row> {
  let after: string | undefined
  for (;;) {
    const rows = await list({ after, limit })
    yield* rows
    if (rows.length < limit) return
    after = rows.at(-1)?.id
  }
}
