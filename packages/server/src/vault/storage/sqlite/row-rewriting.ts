import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'
import type { LedgerState } from '../ledger/ledger-state.ts'
import type { Rewrite, Rewritten } from '../rewrite.ts'
import type { Rewriter, RewritingModule } from '../rewriter.ts'
import { StorageError } from '../storage-error.ts'
import type { Row } from '../store.ts'
import { changeOne } from './change-one.ts'

/** A row with its place in the file. */
type PlacedRow = Row & { place: number }

/**
 * Rewrites rows in place, on the writer's connection. Rows are taken in the order of their hidden integer keys, which is that
 * of the pages of the file: in the order of their ids each row would write a page of its own.
 */
export class RowRewriting {
  readonly #rows: StatementSync
  readonly #update: StatementSync
  readonly #modules = new Map<string, RewritingModule>()
  /** That of the newest pass: it has keys, which are forgotten with it. */
  #current: { pass: string; rewriter: Rewriter } | undefined

  constructor(database: DatabaseSync) {
    this.#rows = database.prepare(
      `SELECT rowid AS place, kind AS "table", id, owner, target, due_ms AS dueMs, version, generation, body, sealed, mac
       FROM stored_row WHERE rowid > ? ORDER BY rowid LIMIT ?`,
    )
    this.#update = database.prepare('UPDATE stored_row SET generation = ?, sealed = ?, mac = ? WHERE rowid = ?')
  }

  has(module: string): boolean {
    return this.#modules.has(module)
  }

  /** Loads a module. Rejects if it cannot be loaded. */
  async load(module: string): Promise<void> {
    this.#modules.set(module, (await loaded(module)) as RewritingModule)
  }

  /** Runs inside a transaction that the caller opens and ends. */
  run(step: Rewrite, ledger: LedgerState): Rewritten {
    const { after, limit } = step
    const rewriter = this.#rewriterOf(step)
    // The schema is STRICT, so the columns have these types.
    const rows = this.#rows.all(after, limit) as unknown as PlacedRow[]
    const result = { rewritten: 0, refused: 0, next: rows.length < limit ? undefined : rows.at(-1)?.place }
    for (const { place, ...row } of rows) {
      const made = rewriter(row)
      if (made === 'refused') result.refused++
      if (typeof made === 'string') continue
      changeOne(this.#update, made.generation, made.sealed, made.mac, place)
      ledger.removeRow(row)
      ledger.addRow({ ...row, generation: made.generation, sealed: made.sealed, mac: made.mac })
      result.rewritten++
    }
    if (result.next === undefined) this.#current = undefined
    return result
  }

  #rewriterOf({ module, pass, settings }: Rewrite): Rewriter {
    const loaded = this.#modules.get(module)
    if (loaded === undefined) throw new StorageError('invalid', `Nothing loaded ${module}.`)
    if (this.#current?.pass !== pass) this.#current = { pass, rewriter: loaded.rewriter(settings) }
    return this.#current.rewriter
  }
}

/** In a bundle, `import` is `require`, which takes no URL; on Windows, `import` proper takes no path. */
function loaded(file: string): Promise<unknown> {
  return import(file).catch(() => import(pathToFileURL(file).href))
}
