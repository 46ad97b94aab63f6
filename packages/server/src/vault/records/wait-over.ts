import type { Changeset } from './changeset.ts'
import type { Expectation } from '../storage/store.ts'

/**
 * Proof that the waiting period of an irreversible action is over. Only the time guard creates one, and deleting code
 * requires it. Each deleting commit fails if the clock's row has changed since it was read.
 */
export class WaitOver {
  readonly #row: Expectation | undefined

  private constructor(row: Expectation | undefined) {
    this.#row = row
  }

  /** Valid while the clock has this row. */
  static while(row: Expectation): WaitOver {
    return new WaitOver(row)
  }

  /** For servers whose time is moved by request, where only the date counts. */
  static byDate(): WaitOver {
    return new WaitOver(undefined)
  }

  /** For a deletion that the audit log has: its wait was over when it was first made. */
  static byRecord(): WaitOver {
    return new WaitOver(undefined)
  }

  requireIn(changes: Changeset): void {
    if (this.#row) changes.require(this.#row)
  }
}
