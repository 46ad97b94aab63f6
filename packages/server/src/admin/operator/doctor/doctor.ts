import { auditLog } from './audit-log.ts'
import { backups } from './backups.ts'
import type { Check, Examined, Finding } from './check.ts'
import { changedDatabase } from './changed-database.ts'
import { clockBehind } from './clock.ts'
import { damagedRows } from './damaged-rows.ts'
import { orphans } from './orphans.ts'
import { unexplainedGrants } from './unexplained-grants.ts'
import { waitingDeletions } from './waiting-deletions.ts'

/** All checks, in this order: what others depend on first. */
const CHECKS: readonly Check[] = [
  changedDatabase,
  damagedRows,
  orphans,
  unexplainedGrants,
  waitingDeletions,
  clockBehind,
  auditLog,
  backups,
]

/** Yields the findings of all checks in a data folder. */
export async function* examine(examined: Examined): AsyncGenerator<Finding> {
  for (const check of CHECKS) yield* check.findings(examined)
}
