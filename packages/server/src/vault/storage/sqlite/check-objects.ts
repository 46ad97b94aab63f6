import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { StorageError } from '../storage-error.ts'
import { migrate } from './schema.ts'

/** One row of sqlite_schema. */
interface SchemaObject {
  type: string
  name: string
  table: string
  /** The complete statement that created it; `null` for the index of a primary key. */
  sql: string | null
}

const OBJECTS = 'SELECT type, name, tbl_name AS "table", sql FROM sqlite_schema ORDER BY type, name'

/**
 * Checks that a connection has exactly the schema of the migrations. A trigger, a view or another index in the file is
 * code that runs in our transactions: it can undo what a commit does, or change what a query returns.
 */
export class SchemaGuard {
  readonly #database: DatabaseSync
  readonly #cookie: StatementSync
  readonly #objects: StatementSync
  #seenCookie: number | undefined

  constructor(database: DatabaseSync) {
    this.#database = database
    this.#cookie = database.prepare('PRAGMA schema_version')
    this.#objects = database.prepare(OBJECTS)
  }

  /**
   * Throws {@link StorageError} `tampered` if the schema differs. Cheap while nothing has changed it, because SQLite
   * counts changes. Call it inside a transaction, or use {@link checkAtOpen}.
   */
  check(): void {
    const cookie = Number(this.#cookie.get()?.schema_version)
    if (cookie === this.#seenCookie) return
    // The schema is read from the file in this transaction, not from the connection's cache.
    const found = this.#objects.all() as unknown as SchemaObject[]
    const unexpected = differenceOf(found, expectedObjects())
    if (unexpected !== undefined) throw foreignObject(unexpected)
    this.#seenCookie = cookie
  }

  /** {@link check} in a transaction of its own, with checks of the file as a whole. */
  checkAtOpen(): void {
    this.#database.exec('BEGIN')
    try {
      this.check()
      // Comparing and sorting text by its bytes requires UTF-8.
      if (this.#database.prepare('PRAGMA encoding').get()?.encoding !== 'UTF-8') throw foreignObject('another encoding')
    } finally {
      this.#database.exec('ROLLBACK')
    }
  }
}

let expected: SchemaObject[] | undefined

/** The objects that the migrations create, found by running them. */
function expectedObjects(): SchemaObject[] {
  if (expected === undefined) {
    const database = new DatabaseSync(':memory:')
    migrate(database)
    expected = database.prepare(OBJECTS).all() as unknown as SchemaObject[]
    database.close()
  }
  return expected
}

/** A description of the first object that only one of the two has. */
function differenceOf(found: readonly SchemaObject[], wanted: readonly SchemaObject[]): string | undefined {
  const names = (objects: readonly SchemaObject[]): Map<string, string> =>
    new Map(
      objects.map(({ type, name, table, sql }) => [JSON.stringify([type, name, table, sql]), `the ${type} ${name}`]),
    )
  const [foundNames, wantedNames] = [names(found), names(wanted)]
  for (const [key, name] of foundNames) if (!wantedNames.has(key)) return name
  for (const [key, name] of wantedNames) if (!foundNames.has(key)) return name
  return undefined
}

function foreignObject(name: string): StorageError {
  return new StorageError(
    'tampered',
    `The schema of the database is not the one that Keyhold made: see ${name}. Another program has changed the file. ` +
      'Find out which, remove what it added, or restore a backup.',
  )
}
