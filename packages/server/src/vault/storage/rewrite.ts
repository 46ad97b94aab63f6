/** One step through all rows, in the order in which they are in the file. */
export interface Rewrite {
  /** The path of a `RewritingModule` (rewriter.ts). */
  module: string
  /** Names all steps of one pass, which share a rewriter. */
  pass: string
  /** What the rewriter is made of: anything that can be posted to a thread. */
  settings: unknown
  /** Where the step before ended; 0 for the first one. */
  after: number
  /** How many rows are looked at: one transaction, which limits how long others wait for it. */
  limit: number
}

/** What a step did. */
export interface Rewritten {
  rewritten: number
  refused: number
  /** Where the next step begins; `undefined` after the last row. */
  next: number | undefined
}
