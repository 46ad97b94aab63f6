import { IntegrityError } from '../hierarchy/sealing.ts'
import type { Authentic } from './authentic.ts'
import { Changeset } from './changeset.ts'
import type { Records } from './records.ts'
import type { Table } from './table.ts'

/** Records that are used, and records of the same ids in which their last uses are written down. */
interface Tables<Used, Use, Stored> {
  used: Table<Used>
  uses: Table<Stored>
  /** The record of a use: it belongs where the used record does. */
  recordOf(used: Used, use: Use): Stored
}

/** Rows in one commit, which limits how long it holds the write lock. */
const USES_PER_COMMIT = 100

/**
 * When and how each row of a table was last used. Recording a use costs a request only a Map entry. {@link
 * LastUses.flush} writes what was recorded; a crash loses the uses since the last flush.
 */
export class LastUses<Used, Use extends { usedMs: number }, Stored extends Use = Use> {
  readonly #tables: Tables<Used, Use, Stored>
  readonly #records: Records
  /** Bounded by the number of existing rows. */
  readonly #noted = new Map<string, Use>()

  constructor(tables: Tables<Used, Use, Stored>, records: Records) {
    this.#tables = tables
    this.#records = records
  }

  note(id: string, use: Use): void {
    this.#noted.set(id, use)
  }

  /** Returns the last known use: recorded in this process, or written by any process. */
  async lastUse(id: string): Promise<Use | undefined> {
    const written = (await this.#written(id))?.value
    const noted = this.#noted.get(id)
    return noted && (written === undefined || noted.usedMs >= written.usedMs) ? noted : written
  }

  /** Writes what was recorded. Uses of rows that another process changed meanwhile are kept for the next time. */
  async flush(): Promise<void> {
    const uses = [...this.#noted]
    for (let start = 0; start < uses.length; start += USES_PER_COMMIT) {
      await this.#write(uses.slice(start, start + USES_PER_COMMIT))
    }
  }

  async #write(uses: readonly [string, Use][]): Promise<void> {
    const changes = new Changeset()
    for (const [id, use] of uses) await this.#addIfAuthentic(id, use, changes)
    if (!changes.isEmpty && !(await this.#records.commit(changes)).committed) return
    for (const [id, use] of uses) {
      // A use that was recorded meanwhile is a different object, and is kept.
      if (this.#noted.get(id) === use) this.#noted.delete(id)
    }
  }

  /** Skips the use of a record that is not authentic, so that the other uses are written. Nothing uses such a row. */
  async #addIfAuthentic(id: string, use: Use, changes: Changeset): Promise<void> {
    try {
      await this.#add(id, use, changes)
    } catch (error) {
      if (!(error instanceof IntegrityError)) throw error
    }
  }

  /**
   * Writes nothing for a deleted row, even if it is deleted before the commit. A later use that another process wrote
   * is kept.
   */
  async #add(id: string, use: Use, changes: Changeset): Promise<void> {
    const { used: table, uses, recordOf } = this.#tables
    const used = await this.#records.byId(table, id)
    if (used === undefined) return
    const written = await this.#written(id)
    if (written !== undefined && written.value.usedMs >= use.usedMs) return
    this.requireUsed(used, changes)
    const record = recordOf(used.value, use)
    if (written === undefined) changes.insert(uses, record)
    else changes.update(written, record)
  }

  /** Adds to `changes` that the record that was used is there and unchanged, and whatever it is to say of its use. */
  protected requireUsed(used: Authentic<Used>, changes: Changeset): void {
    changes.require(used)
  }

  #written(id: string): Promise<Authentic<Stored> | undefined> {
    return this.#records.byId(this.#tables.uses, id)
  }
}
