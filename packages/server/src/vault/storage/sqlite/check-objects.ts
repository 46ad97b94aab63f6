import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { StorageError } from '../storage-error.ts'
import { migrate } from './schema.ts'

/** One row of sqlite_schema. */
interface SchemaObject {
  type: string
  name: string
  table: string
  /** The whole statement that made it; `null` for the index of a primary key. */
  sql: string | null
}

const OBJECTS = 'SELECT type, name, tbl_name AS "table", sql FROM sqlite_schema ORDER BY type, name'

/**
 * Holds a connection to the schema that the migrations make, and to nothing besides. A trigger, a view or another
 * index in the file is code that runs in our transactions: it can undo what a commit does, or answer what was not
 * asked.
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
   * Throws {@link StorageError} `tampered` when the schema is another. Cheap as long as nothing has changed it: SQLite
   * counts changes. Call inside a transaction, or use {@link checkAtOpen}.
   */
  check(): void {
    const cookie = Number(this.#cookie.get()?.schema_version)
    if (cookie === this.#seenCookie) return
    // The schema is read from the file in this transaction, not from what the connection remembers.
    const found = this.#objects.all() as unknown as SchemaObject[]
    const unexpected = differenceOf(found, expectedObjects())
    if (unexpected !== undefined) throw foreignObject(unexpected)
    this.#seenCookie = cookie
  }

  /** {@link check} in a transaction of its own, with what the file as a whole must be like. */
  checkAtOpen(): void {
    this.#database.exec('BEGIN')
    try {
      this.check()
      // Comparing and sorting text by its bytes means UTF-8.
      if (this.#database.prepare('PRAGMA encoding').get()?.encoding !== 'UTF-8') throw foreignObject('another encoding')
    } finally {
      this.#database.exec('ROLLBACK')
    }
  }
}

let expected: SchemaObject[] | undefined

/** What the migrations make, by making it. */
function expectedObjects(): SchemaObject[] {
  if (expected === undefined) {
    const database = new DatabaseSync(':memory:')
    migrate(database)
    expected = database.prepare(OBJECTS).all() as unknown as SchemaObject[]
    database.close()
  }
  return expected
}

/** The first object that only one of both has, as people call it. */
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
    `The schema of the database is not the one that Keyhold made: see ${name}. Somebody has changed the file. ` +
      'Find out who, remove what they put in, or restore a backup.',
  )
}
