import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { equalInConstantTime } from '../../../crypto/constant-time.ts'
import { checkLimit, isStorable } from '../check-commit.ts'
import type { LedgerKeys, StoredEntry } from '../ledger/ledger-keys.ts'
import { checkLedger, type LedgerRow, wentBack } from '../ledger/ledger-state.ts'
import type { Row } from '../store.ts'
import type { Change, Ledger, PendingEntry } from '../journal.ts'
import type { DuePosition, Page } from '../page.ts'
import type { TableName } from '../table-name.ts'
import { SchemaGuard } from './check-objects.ts'
import { guarded } from './errors.ts'
import { LedgerTable } from './ledger-table.ts'
import { OpenFiles } from './open-files.ts'
import { StorageError } from '../storage-error.ts'
import { checkSchema, checkVersion, SCHEMA_VERSION } from './schema.ts'

const COLUMNS = `kind AS "table", id, owner, target, due_ms AS dueMs, version, generation, body, sealed, mac`

/** No row is due before 1970. */
const BEFORE_ALL: DuePosition = { dueMs: -1, id: '' }

/** If there are more commits than this, reading everything again costs less than following them. */
const MAX_COMMITS_FOLLOWED = 10_000

/** Changes of one commit; `table` is `null` for a commit that changed no row, `revision` if there is no commit. */
interface ChangeRow {
  newest: number
  trimmed: number
  commitId: string
  revision: number | null
  mac: Uint8Array
  table: TableName | null
  id: string
}

/** The head, and the ledger if it has begun. */
type HeadRow = { newest: number; schemaVersion: number } & (LedgerRow | { mac: null })

/**
 * Reads on the calling thread: a read takes microseconds from SQLite's cache, less than a message to another thread.
 * Each method is one statement, and so one snapshot. The schema is STRICT, which determines the types of results.
 * Throws {@link StorageError}.
 */
export class SqliteReader {
  readonly #database: DatabaseSync
  readonly #schema: SchemaGuard
  readonly #files: OpenFiles
  readonly #get: StatementSync
  readonly #all: StatementSync
  readonly #byOwner: StatementSync
  readonly #countByOwner: StatementSync
  readonly #byTarget: StatementSync
  readonly #due: StatementSync
  readonly #dataVersion: StatementSync
  readonly #head: StatementSync
  readonly #changes: StatementSync
  readonly #outbox: StatementSync
  readonly #keys: LedgerKeys
  readonly #ledger: LedgerTable
  #seenDataVersion = -1
  #seenRevision = 0
  #seenSerial = 0

  constructor(database: DatabaseSync, file: string, keys: LedgerKeys) {
    this.#database = database
    if (checkSchema(database) < SCHEMA_VERSION)
      throw new StorageError('missing', 'The database must be opened for writing once.')
    this.#schema = new SchemaGuard(database)
    this.#schema.checkAtOpen()
    this.#files = new OpenFiles(file)
    this.#keys = keys
    this.#ledger = new LedgerTable(database, keys)
    this.#get = database.prepare(`SELECT ${COLUMNS} FROM stored_row WHERE kind = ? AND id = ?`)
    this.#all = database.prepare(`SELECT ${COLUMNS} FROM stored_row WHERE kind = ? AND id > ? ORDER BY id LIMIT ?`)
    this.#byOwner = database.prepare(
      `SELECT ${COLUMNS} FROM stored_row WHERE kind = ? AND owner = ? AND id > ? ORDER BY id LIMIT ?`,
    )
    this.#countByOwner = database.prepare(
      'SELECT count(*) AS count FROM (SELECT 1 FROM stored_row WHERE kind = ? AND owner = ? LIMIT ?)',
    )
    this.#byTarget = database.prepare(
      `SELECT ${COLUMNS} FROM stored_row WHERE kind = ? AND target = ? AND target <> '' AND id > ?
       ORDER BY id LIMIT ?`,
    )
    this.#due = database.prepare(
      `SELECT ${COLUMNS} FROM stored_row WHERE kind = ? AND due_ms <= ? AND (due_ms, id) > (?, ?)
       ORDER BY due_ms, id LIMIT ?`,
    )
    this.#dataVersion = database.prepare('PRAGMA data_version')
    this.#head = database.prepare(
      `SELECT log_head.revision AS newest, version AS schemaVersion, ledger.*
       FROM log_head CROSS JOIN schema_version LEFT JOIN ledger`,
    )
    this.#changes = database.prepare(
      `SELECT log_head.revision AS newest, trimmed, commit_log.id AS commitId, commit_log.revision, mac,
         kind AS "table", change.id
       FROM log_head LEFT JOIN commit_log ON commit_log.revision > ?
         LEFT JOIN change ON change.revision = commit_log.revision
       ORDER BY commit_log.revision, kind, change.id`,
    )
    this.#outbox = database.prepare(
      `SELECT event_id AS eventId, revision, position, sequence, record, previous, mac FROM outbox
       ORDER BY sequence LIMIT ?`,
    )
  }

  get(table: TableName, id: string): Row | undefined {
    // SQLite would replace characters of an id that cannot be stored, and find another row.
    return isStorable(id) ? guarded(() => toRow(this.#get.get(table, id))) : undefined
  }

  list(table: TableName, { after = '', limit }: Page): Row[] {
    checkLimit(limit)
    return guarded(() => this.#all.all(table, after, limit).map((stored) => toRow(stored)))
  }

  listByOwner(table: TableName, owner: string, page: Page): Row[] {
    return isStorable(owner) ? this.#list(this.#byOwner, table, owner, page) : []
  }

  countByOwner(table: TableName, owner: string, most: number): number {
    checkLimit(most)
    if (!isStorable(owner)) return 0
    return guarded(() => Number(this.#countByOwner.get(table, owner, most)?.count))
  }

  listByTarget(table: TableName, target: string, page: Page): Row[] {
    return isStorable(target) ? this.#list(this.#byTarget, table, target, page) : []
  }

  listDue(table: TableName, nowMs: number, limit: number, after: DuePosition = BEFORE_ALL): Row[] {
    checkLimit(limit)
    return guarded(() => this.#due.all(table, nowMs, after.dueMs, after.id, limit).map((stored) => toRow(stored)))
  }

  /** Reads the head only if another connection, such as our writer's, has committed since the last call. */
  revision(): number {
    return guarded(() => {
      this.#files.check()
      const dataVersion = Number(this.#dataVersion.get()?.data_version)
      if (dataVersion !== this.#seenDataVersion) {
        this.#seenRevision = this.#readHead()
        this.#seenDataVersion = dataVersion
      }
      return this.#seenRevision
    })
  }

  changesSince(revision: number): Change[] | undefined {
    if (this.#seenRevision - revision > MAX_COMMITS_FOLLOWED) return undefined
    const rows = guarded(() => this.#changes.all(revision)) as unknown as ChangeRow[]
    const { newest = 0, trimmed = 0 } = rows[0] ?? {}
    // Beyond the newest: the file was replaced by a backup. The caller's caches belong to another history.
    if (revision < trimmed || revision > newest || newest < this.#seenRevision) return undefined
    const changes = new Map<number, ChangeRow[]>()
    for (const row of rows) {
      if (row.revision === null) continue
      const others = changes.get(row.revision)
      if (others === undefined) changes.set(row.revision, [row])
      else others.push(row)
    }
    return this.#areComplete(changes, revision, newest)
      ? rows.flatMap(({ revision: at, table, id }) =>
          at === null || table === null ? [] : [{ revision: at, table, id }],
        )
      : undefined
  }

  /** Returns whether every commit in between exists, with exactly the changes that it made. */
  #areComplete(changes: ReadonlyMap<number, readonly ChangeRow[]>, after: number, newest: number): boolean {
    for (let revision = after + 1; revision <= newest; revision++) {
      const rows = changes.get(revision)
      if (rows?.[0] === undefined) return false
      const changed = rows.flatMap(({ table, id }) => (table === null ? [] : [{ table, id }]))
      const mac = this.#keys.commitMac(rows[0].commitId, revision, changed)
      if (!equalInConstantTime(rows[0].mac, mac)) return false
    }
    return changes.size === newest - after
  }

  /** Returns the newest revision, from the ledger once it has begun, because only Keyhold can write that. */
  #readHead(): number {
    // The schema is STRICT, so the columns have these types.
    const head = this.#head.get() as unknown as HeadRow
    checkVersion(head.schemaVersion)
    this.#schema.check()
    if (head.mac === null && this.#seenSerial === 0) return head.newest
    if (head.mac === null || head.serial < this.#seenSerial) throw wentBack()
    checkLedger(this.#keys, head)
    this.#seenSerial = head.serial
    return head.revision
  }

  pendingAudit(limit: number): PendingEntry[] {
    checkLimit(limit)
    const entries = guarded(() => this.#outbox.all(limit)) as unknown as StoredEntry[]
    return entries.map((entry) => {
      const { eventId, record, sequence } = entry
      return { eventId, record, sequence, authentic: equalInConstantTime(entry.mac, this.#keys.entryMac(entry)) }
    })
  }

  ledger(): Ledger | undefined {
    return guarded(() => this.#ledger.read()?.summary())
  }

  /** Throws {@link StorageError} `tampered` if other processes open other files than this one has open. */
  checkFiles(): void {
    guarded(() => this.#files.check())
  }

  close(): void {
    this.#database.close()
  }

  #list(statement: StatementSync, table: TableName, key: string, { after = '', limit }: Page): Row[] {
    checkLimit(limit)
    return guarded(() => statement.all(table, key, after, limit).map((stored) => toRow(stored)))
  }
}

function toRow(stored: object): Row
function toRow(stored: object | undefined): Row | undefined
function toRow(stored: object | undefined): Row | undefined {
  // SQLite's rows have no prototype; a copy compares equal to what was put.
  return stored && { ...(stored as Row) }
}
