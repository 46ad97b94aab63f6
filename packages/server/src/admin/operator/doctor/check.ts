import type { Directory } from '../../../identity/directory/directory.ts'
import type { Hierarchy } from '../../../vault/hierarchy/hierarchy.ts'
import type { Clock } from '../../../platform/clock.ts'
import type { Store } from '../../../vault/storage/store.ts'

/** What a check reads. Nothing is written. */
export interface Examined {
  clock: Clock
  store: Store
  hierarchy: Hierarchy
  directory: Directory
  /** The folder of the audit log; absent where there is no time to read all of it, as when a server starts. */
  auditFolder?: string
  /** Ends a check early. */
  signal?: AbortSignal
}

/** Something in a data folder that an operator should look at. Plain data: it is printed, logged and sent. */
export interface Finding {
  /** The name of the check. */
  check: string
  /** What is there, and why that is worth a look, in one sentence. */
  message: string
  /** What it is about, by name: ARNs, ids, accounts. */
  facts: Readonly<Record<string, string>>
}

/** One thing that `keyhold operator doctor` looks for. */
export interface Check {
  name: string
  /** Reads in pages, and lets others have their turn between them. */
  findings(examined: Examined): AsyncGenerator<Finding>
}
