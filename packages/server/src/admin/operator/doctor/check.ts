import type { Directory } from '../../../identity/directory/directory.ts'
import type { Sealing } from '../../../vault/hierarchy/sealing.ts'
import type { Clock } from '../../../platform/clock.ts'
import type { Records } from '../../../vault/records/records.ts'
import type { Journal } from '../../../vault/storage/journal.ts'

/** What a check reads. Nothing is written. */
export interface Examined {
  clock: Clock
  store: Journal
  hierarchy: Sealing
  records: Records
  directory: Directory
  /**
   * The folder of the audit log. Absent if there is no time to read all of it, for example at the start of a server.
   */
  auditFolder?: string
  /** Ends a check early. */
  signal?: AbortSignal
}

/** Something in a data folder that an operator should review. Plain data that can be printed, logged and sent. */
export interface Finding {
  /** The name of the check. */
  check: string
  /** The finding and its importance, in one sentence. */
  message: string
  /** What it concerns, by name: ARNs, ids, accounts. */
  facts: Readonly<Record<string, string>>
}

/** A check of `keyhold operator doctor`. */
export interface Check {
  name: string
  /** Reads in pages, so that other work can run in between. */
  findings(examined: Examined): AsyncGenerator<Finding>
}
