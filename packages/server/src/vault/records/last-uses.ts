import { Changeset } from './changeset.ts'
import type { Records } from './records.ts'
import type { Row, Store, TableName } from '../storage/store.ts'
import { type Hierarchy, IntegrityError } from '../hierarchy/hierarchy.ts'

interface Dependencies {
  store: Store
  hierarchy: Hierarchy
  records: Records
}

/** Rows that are used, and rows of the same ids in which their last uses are written down. */
interface Tables {
  used: Exclude<TableName, 'domain_key'>
  uses: Exclude<TableName, 'domain_key'>
}

/** Rows in one commit: what bounds the time that it holds the write lock. */
const USES_PER_COMMIT = 100

/**
 * When and how each row of a table was last used. A use costs the request that makes it nothing but a Map entry;
 * {@link LastUses.flush} writes down what was gathered, and a crash forgets the uses since it last did.
 */
export class LastUses<Use extends { usedMs: number }> {
  readonly #tables: Tables
  readonly #dependencies: Dependencies
  /** Bounded by the rows that there are. */
  readonly #noted = new Map<string, Use>()

  constructor(tables: Tables, dependencies: Dependencies) {
    this.#tables = tables
    this.#dependencies = dependencies
  }

  note(id: string, use: Use): void {
    this.#noted.set(id, use)
  }

  /** The last use that is known: noted in this process, or written down by any. */
  async lastUse(id: string): Promise<Use | undefined> {
    const written = this.#read(await this.#written(id))
    const noted = this.#noted.get(id)
    return noted && (written === undefined || noted.usedMs >= written.usedMs) ? noted : written
  }

  /** Writes down what was noted. What another process changed meanwhile stays noted, for the next time. */
  async flush(): Promise<void> {
    const uses = [...this.#noted]
    for (let start = 0; start < uses.length; start += USES_PER_COMMIT) {
      await this.#write(uses.slice(start, start + USES_PER_COMMIT))
    }
  }

  async #write(uses: readonly [string, Use][]): Promise<void> {
    const { records } = this.#dependencies
    const changes = new Changeset()
    for (const [id, use] of uses) await this.#addIfAuthentic(id, use, changes)
    if (!changes.isEmpty && !(await records.commit(changes)).committed) return
    for (const [id, use] of uses) {
      // A use that was noted meanwhile is another one, and waits.
      if (this.#noted.get(id) === use) this.#noted.delete(id)
    }
  }

  /** Skips the use of a row that somebody edited, so that the other uses are written. Nothing uses such a row. */
  async #addIfAuthentic(id: string, use: Use, changes: Changeset): Promise<void> {
    try {
      await this.#add(id, use, changes)
    } catch (error) {
      if (!(error instanceof IntegrityError)) throw error
    }
  }

  /**
   * Of a row that was deleted nothing is written, also when that happens before the commit. What another process wrote
   * of a later use stays.
   */
  async #add(id: string, use: Use, changes: Changeset): Promise<void> {
    const { store, hierarchy } = this.#dependencies
    const used = await store.get(this.#tables.used, id)
    if (used === undefined) return
    const written = await this.#written(id)
    const before = this.#read(written)
    if (before !== undefined && before.usedMs >= use.usedMs) return
    await this.requireUsed(used, changes)
    const row = { table: this.#tables.uses, id, owner: used.owner, target: '', dueMs: null, sealed: null }
    const version = (written?.version ?? 0) + 1
    changes.update(await hierarchy.authenticate({ ...row, version, body: JSON.stringify(use) }))
  }

  /** Adds to `changes` that the row that was used is there and unchanged, and whatever it is to say of its use. */
  protected async requireUsed(used: Row, changes: Changeset): Promise<void> {
    changes.require(used)
  }

  async #written(id: string): Promise<Row | undefined> {
    const { store, hierarchy } = this.#dependencies
    const row = await store.get(this.#tables.uses, id)
    return row && hierarchy.verify(row)
  }

  #read(row: Row | undefined): Use | undefined {
    return row && (JSON.parse(row.body) as Use)
  }
}
