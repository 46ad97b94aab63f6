import type { Auditor } from '../audit/auditor.ts'
import type { Directory } from '../directory/directory.ts'
import type { Hierarchy } from '../hierarchy/hierarchy.ts'
import type { Clock } from '../platform/clock.ts'
import type { Logger } from '../platform/logger.ts'
import type { Random } from '../platform/random.ts'
import type { Store } from '../storage/store.ts'

/** What operations work with, built once by main.ts. */
export interface Services {
  clock: Clock
  random: Random
  logger: Logger
  store: Store
  hierarchy: Hierarchy
  directory: Directory
  auditor: Auditor
  /**
   * What becomes of key policies while nothing evaluates them: `default-only` refuses any other, so that nobody
   * relies on a rule that does not act; `unenforced` stores them (`keyhold dev`).
   */
  keyPolicies: 'default-only' | 'unenforced'
}
