import type { Foreseen } from '../platform/foreseen.ts'

/** A database that is older than what is known of it outside, and that nothing may change before an operator accepts that. */
export class RollbackError extends Error implements Foreseen {
  override name = 'RollbackError'
  readonly isForeseen = true
}
