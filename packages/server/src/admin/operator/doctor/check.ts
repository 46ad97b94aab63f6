import type { AuditReport } from '../../../audit/report.ts'
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
  /** Verifies the whole audit log. Absent if there is no time for it. */
  verifyAudit?: () => Promise<AuditReport>
  /** Ends a check early. */
  signal?: AbortSignal
}

/** Something in a data folder that an operator should review. Plain data that can be printed, logged and sent. */
export interface Finding {
  /** The name of the check. */
  check: string
  /** `wrong`: something is lost, open or about to be. `advice`: it works, and a later loss would be worse than it needs to be. */
  weight: 'wrong' | 'advice'
  /** The finding and its importance, in one sentence. */
  message: string
  /** What to do, in one sentence. */
  remedy: string
  /** What it concerns, by name: ARNs, ids, accounts. */
  facts: Readonly<Record<string, string>>
}

/** What is wrong with rows of one table, counted: a table can have millions of them. */
export class Examples {
  readonly #ids: string[] = []
  #count = 0

  add(id: string): void {
    this.#count += 1
    if (this.#ids.length < MOST_EXAMPLES) this.#ids.push(id)
  }

  get count(): number {
    return this.#count
  }

  /** For {@link Finding.facts}. */
  get facts(): Record<string, string> {
    return { rows: String(this.#count), examples: this.#ids.join(' ') }
  }
}

const MOST_EXAMPLES = 5

/** A check of `keyhold operator doctor`. */
export interface Check {
  name: string
  /** Reads in pages, so that other work can run in between. */
  findings(examined: Examined): AsyncGenerator<Finding>
}
