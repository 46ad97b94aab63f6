import type { Row } from './store.ts'

/**
 * A module that rewrites rows, which the writer loads into its thread: what it does with keys is above this layer. It exports a
 * {@link MakeRewriter} as `rewriter`.
 */
export interface RewritingModule {
  rewriter: MakeRewriter
}

/** `settings` are what the step's were, as they arrive in another thread. */
export type MakeRewriter = (settings: unknown) => Rewriter

/**
 * Returns the row as it must be, with the same table, id, owner, target, due time, version and body; `keep` if it is so
 * already; `refused` if it cannot be made so, as for a row that is not authentic.
 */
export type Rewriter = (row: Row) => Row | 'keep' | 'refused'
