import { rowsOfRights } from '../../identity/directory/rights.ts'
import type { Caller } from '../../identity/accounts/caller.ts'
import { grantPresent } from '../../vault/records/grant-rows.ts'
import type { Changeset } from '../../vault/records/changeset.ts'
import type { RowVersion } from '../../vault/records/changeset.ts'
import { unknownCaller } from './asker.ts'
import type { Services } from '../services.ts'
import type { Decided } from './decided.ts'

/** Remembers by which rows the decisions of one request were taken: its changes must not outlive them. */
export class DecidedBy {
  /** Key policies, grants that allowed something, and what else was read to decide. */
  readonly #rows = new Set<RowVersion>()

  /** Adds rows that a question was read from. */
  rows(rows: readonly RowVersion[]): void {
    for (const row of rows) this.#rows.add(row)
  }

  /** Adds the grants that a decision rests on. */
  grants({ decision: { basis }, request }: Decided): void {
    for (const grant of request.grants) {
      if (basis.some((one) => one.layer === 'grant' && one.grantId === grant.grantId)) this.grant(grant)
    }
  }

  grant(grant: Parameters<typeof grantPresent>[0]): void {
    this.#rows.add(grantPresent(grant))
  }

  /**
   * Has `changes` conflict where another request changed what they were decided by: a key policy, a grant, a resource, or
   * what belongs to the caller.
   *
   * @throws ServiceError for a caller who was deleted meanwhile.
   */
  async require(
    changes: Changeset,
    caller: Caller,
    { directory, enforcement }: Pick<Services, 'directory' | 'enforcement'>,
  ): Promise<void> {
    if (changes.isEmpty || enforcement === 'off') return
    const own = await rowsOfRights(caller, directory)
    if (own === 'stopped') throw unknownCaller()
    for (const row of [...this.#rows, ...own]) changes.require(row)
  }
}
