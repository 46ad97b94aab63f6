import type { Check, Examined, Finding } from './check.ts'
import { changedDatabase } from './changed-database.ts'
import { unexplainedGrants } from './unexplained-grants.ts'
import { waitingDeletions } from './waiting-deletions.ts'

/** Everything that is looked for, in this order. */
const CHECKS: readonly Check[] = [changedDatabase, unexplainedGrants, waitingDeletions]

/** What all checks find in a data folder, as they find it. */
export async function* examine(examined: Examined): AsyncGenerator<Finding> {
  for (const check of CHECKS) yield* check.findings(examined)
}
