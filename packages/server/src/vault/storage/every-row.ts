import type { Page } from './store.ts'

const ROWS_PER_PAGE = 500

/** All rows or records of a listing, a page at a time. */
export async function* everyRow<R extends { id: string }>(
  list: (page: Page) => Promise<R[]>,
  limit: number = ROWS_PER_PAGE,
): AsyncGenerator<R> {
  let after: string | undefined
  for (;;) {
    const rows = await list({ after, limit })
    yield* rows
    if (rows.length < limit) return
    after = rows.at(-1)?.id
  }
}
