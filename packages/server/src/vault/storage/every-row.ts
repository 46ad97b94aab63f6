import type { Page } from './store.ts'

const ROWS_PER_PAGE = 500

/** All rows of a listing, a page at a time, behind the one with the id `after`. */
export async function* everyRow<T extends { id: string }>(
  list: (page: Page) => Promise<T[]>,
  limit: number = ROWS_PER_PAGE,
  after?: string,
): AsyncGenerator<T> {
  for (;;) {
    const rows = await list({ after, limit })
    yield* rows
    if (rows.length < limit) return
    after = rows.at(-1)?.id
  }
}
