export interface Page {
  /** Return rows whose id sorts after this one (by UTF-8 bytes). */
  after?: string
  limit: number
}

/** Where a list of due rows continues: after the row with this due time and id. */
export interface DuePosition {
  dueMs: number
  id: string
}

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
