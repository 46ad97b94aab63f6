import type { SQLInputValue, StatementSync } from 'node:sqlite'
import { StorageError } from '../storage-error.ts'
import { storageError } from './errors.ts'
import { PinnedDatabase, type PinOptions } from './pinned.ts'
import { checkSchema } from './schema.ts'

/** What a snapshot of a database says of itself, read in it. */
export interface SnapshotFacts {
  schema: number
  revision: number
  trimmed: number
  /** The newest audit entry's number. */
  sequence: number
  /** The generations of domain keys, by domain. */
  domains: Record<string, number[]>
  /** Where the database says that the heads of audit streams are. */
  streams: { stream: string; segment: number; bytes: number }[]
}

/** A database as it was at one moment, while others go on writing (pinned.ts). Waits for the disk: use it on a thread. */
export class DatabaseSnapshot implements Disposable {
  readonly facts: SnapshotFacts
  readonly #pinned: PinnedDatabase

  constructor(options: PinOptions) {
    this.#pinned = PinnedDatabase.open(options)
    this.facts = this.#facts()
  }

  /** The size of {@link pages}. */
  get bytes(): number {
    return this.#pinned.bytes
  }

  /** The content of the database's file. A part is valid until the next one is taken. */
  pages(): Generator<Uint8Array> {
    return this.#pinned.pages()
  }

  /**
   * What makes this state of the state at `revision`, as lines of JSON (docs/spec/backup.md, "Changes"); `undefined` if the change
   * log does not reach back so far.
   */
  changesSince(revision: number): Generator<string> | undefined {
    return revision >= this.facts.trimmed && revision <= this.facts.revision ? this.#changesSince(revision) : undefined
  }

  [Symbol.dispose](): void {
    this.#pinned[Symbol.dispose]()
  }

  *#changesSince(revision: number): Generator<string> {
    const { schema, trimmed, revision: to } = this.facts
    yield line('from', [revision, to, trimmed, schema])
    const row = this.#query(`SELECT ${ROW} FROM stored_row WHERE kind = ? AND id = ?`)
    const changed = this.#query('SELECT DISTINCT kind, id FROM change WHERE revision > ? ORDER BY kind, id')
    for (const name of changed.iterate(revision)) {
      const { kind, id } = name as { kind: string; id: string }
      const found = row.get(kind, id)
      yield found === undefined ? line('gone', [kind, id]) : line('row', Object.values(found))
    }
    for (const { table, columns, after } of BESIDE) {
      const rows = this.#query(`SELECT ${columns} FROM ${table}${after ? ' WHERE revision > ?' : ''}`)
      for (const one of rows.iterate(...(after ? [revision] : []))) yield line(table, Object.values(one))
    }
  }

  #query(sql: string): StatementSync {
    return this.#pinned.reader.prepare(sql)
  }

  #facts(): SnapshotFacts {
    const schema = checkSchema(this.#pinned.reader)
    // The schema is STRICT, so the columns have these types.
    const head = this.#query('SELECT revision, trimmed FROM log_head').get() as unknown as Record<
      'revision' | 'trimmed',
      number
    >
    const ledger = this.#query('SELECT sequence FROM ledger').get() as unknown as { sequence: number } | undefined
    if (ledger === undefined) throw new StorageError('tampered', 'The ledger of the database is missing.')
    const keys = this.#query("SELECT owner, id FROM stored_row WHERE kind = 'domain_key'").all() as unknown as KeyRow[]
    const domains: Record<string, number[]> = {}
    for (const { owner, id } of keys) (domains[owner] ??= []).push(Number(id.slice(owner.length + 1)))
    const heads = this.#query("SELECT id, body FROM stored_row WHERE kind = 'audit_head' AND owner = 'audit'").all()
    const streams = heads.map(({ id, body }) => ({ stream: String(id), ...placeIn(String(body)) }))
    return { schema, revision: head.revision, trimmed: head.trimmed, sequence: ledger.sequence, domains, streams }
  }
}

/**
 * Brings a database that nothing else has open from one state to the next, by the lines that {@link
 * DatabaseSnapshot.changesSince} gave. Throws {@link StorageError} `foreign` if they begin at another state, `damaged` for lines
 * that are not of that form; nothing was changed then. That the result is right is what its ledger says.
 */
export function applyChanges(database: DatabaseLike, lines: Iterable<string>): void {
  database.exec('BEGIN IMMEDIATE')
  try {
    const applier = new Applier(database)
    for (const text of lines) applier.apply(text)
    applier.end()
    database.exec('COMMIT')
  } catch (error) {
    database.exec('ROLLBACK')
    if (error instanceof SyntaxError || error instanceof TypeError) throw malformed()
    throw storageError(error)
  }
}

type DatabaseLike = Pick<PinnedDatabase['reader'], 'exec' | 'prepare'>

class Applier {
  readonly #database: DatabaseLike
  readonly #statements: Readonly<Record<string, StatementSync>>
  #began = false

  constructor(database: DatabaseLike) {
    this.#database = database
    this.#statements = {
      row: database.prepare(`INSERT OR REPLACE INTO stored_row (${ROW}) VALUES (${marks(10)})`),
      gone: database.prepare('DELETE FROM stored_row WHERE kind = ? AND id = ?'),
      ...Object.fromEntries(
        BESIDE.map(({ table, columns }) => [
          table,
          database.prepare(`INSERT INTO ${table} (${columns}) VALUES (${marks(columns.split(',').length)})`),
        ]),
      ),
    }
  }

  apply(text: string): void {
    const [member] = Object.entries(JSON.parse(text) as Record<string, unknown[]>)
    const [kind, values] = member ?? ['', []]
    if (kind === 'from' && !this.#began) this.#begin(values as number[])
    else if (this.#began && Object.hasOwn(this.#statements, kind)) this.#statements[kind]?.run(...values.map(sqlValue))
    else throw malformed()
  }

  end(): void {
    if (!this.#began) throw malformed()
  }

  #begin([from, , trimmed = 0, schema]: number[]): void {
    const head = this.#database.prepare('SELECT revision FROM log_head').get()
    const version = this.#database.prepare('SELECT version FROM schema_version').get()
    if (head?.['revision'] !== from || version?.['version'] !== schema) {
      throw new StorageError('foreign', `These changes follow the state ${from} and not ${String(head?.['revision'])}.`)
    }
    for (const table of ['change', 'commit_log']) {
      this.#database.prepare(`DELETE FROM ${table} WHERE revision <= ?`).run(trimmed)
    }
    this.#database.exec('DELETE FROM outbox; DELETE FROM log_head; DELETE FROM ledger')
    this.#began = true
  }
}

const ROW = 'kind, id, owner, target, due_ms, version, generation, body, sealed, mac'

/** The tables beside the rows: whole, or what is after the revision. */
const BESIDE: readonly { table: string; columns: string; after: boolean }[] = [
  { table: 'change', columns: 'revision, kind, id', after: true },
  { table: 'commit_log', columns: 'id, revision, mac', after: true },
  { table: 'outbox', columns: 'event_id, revision, position, sequence, record, previous, mac', after: false },
  { table: 'log_head', columns: 'revision, trimmed', after: false },
  {
    table: 'ledger',
    columns: 'serial, revision, trimmed, sequence, chain, counts, nonce, digest, mac',
    after: false,
  },
]

interface KeyRow {
  owner: string
  id: string
}

function line(kind: string, values: readonly unknown[]): string {
  return `${JSON.stringify({ [kind]: values.map((value) => (value instanceof Uint8Array ? { base64: Buffer.from(value).toString('base64') } : value)) })}\n`
}

function sqlValue(value: unknown): SQLInputValue {
  if (typeof value !== 'object' || value === null) return value as string | number | null
  return Buffer.from((value as { base64: string }).base64, 'base64')
}

/** Only says where to begin to look: what it says wrongly makes the cut earlier, which the restored log shows. */
function placeIn(body: string): { segment: number; bytes: number } {
  const { segment = 0, bytes = 0 } = JSON.parse(body) as { segment?: number; bytes?: number }
  return { segment, bytes }
}

function marks(count: number): string {
  return Array.from({ length: count }, () => '?').join(', ')
}

function malformed(): StorageError {
  return new StorageError('damaged', 'The changes of the database are not in the form that Keyhold writes.')
}
