import type { Check, Examined, Finding } from './check.ts'
import { changedDatabase } from './changed-database.ts'
import { unexplainedGrants } from './unexplained-grants.ts'
import { waitingDeletions } from './waiting-deletions.ts'

/** All checks, in this order. */
const CHECKS: readonly Check[] = [changedDatabase, unexplainedGrants, waitingDeletions]

/** Yields the findings of all checks in a data folder. */
export async function* examine(examined: Examined): AsyncGenerator<Finding> {
  for (const check of CHECKS) yield* check.findings(examined)
}
