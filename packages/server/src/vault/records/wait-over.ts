import type { Changeset } from './changeset.ts'
import type { Expectation } from '../storage/store.ts'

/**
 * That the wait before something that cannot be undone is over. Only the time guard makes one, and what destroys asks for
 * it. Each commit that destroys requires it: it fails when the clock that this was read from is another by then.
 */
export class WaitOver {
  readonly #row: Expectation | undefined

  private constructor(row: Expectation | undefined) {
    this.#row = row
  }

  /** As long as the clock's row is this one. */
  static while(row: Expectation): WaitOver {
    return new WaitOver(row)
  }

  /** Where time is moved by request, and the date alone counts. */
  static byDate(): WaitOver {
    return new WaitOver(undefined)
  }

  requireIn(changes: Changeset): void {
    if (this.#row) changes.require(this.#row)
  }
}
