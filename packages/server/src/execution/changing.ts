import type { AfterRollback } from '../audit/after-rollback.ts'

/** What becomes of a change of this input, where it depends on the input. */
export type AfterRollbackOf<I> = AfterRollback | ((input: I) => AfterRollback)

/** Every operation states whether it changes something, and what becomes of the change when the database is put back. */
export type Changing<I> =
  | { readOnly: true; afterRollback?: never }
  | { readOnly: false; afterRollback: AfterRollbackOf<I> }
