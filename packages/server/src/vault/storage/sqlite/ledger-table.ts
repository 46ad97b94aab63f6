import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { equalInConstantTime } from '../../../crypto/constant-time.ts'
import { systemRandom } from '../../../crypto/random.ts'
import type { LedgerKeys, StoredEntry } from '../ledger/ledger-keys.ts'
import { type LedgerRow, LedgerState } from '../ledger/ledger-state.ts'
import { StorageError } from '../storage-error.ts'
import type { Row } from '../store.ts'
import { changeOne } from './change-one.ts'
import { SCHEMA_VERSION } from './schema.ts'

const ROW_COLUMNS = `kind AS "table", id, owner, target, due_ms AS dueMs, version, generation, body, sealed, mac`
const ENTRY_COLUMNS = 'event_id AS eventId, revision, position, sequence, record, previous, mac'
const LEDGER_COLUMNS = 'serial, revision, trimmed, sequence, chain, counts, nonce, digest, mac'

/** The ledger's row and everything that it covers, on a connection. */
export class LedgerTable {
  readonly #keys: LedgerKeys
  readonly #read: StatementSync
  readonly #rows: StatementSync
  readonly #entries: StatementSync
  readonly #head: StatementSync
  readonly #outside: StatementSync

  constructor(database: DatabaseSync, keys: LedgerKeys) {
    this.#keys = keys
    this.#read = database.prepare(`SELECT ${LEDGER_COLUMNS} FROM ledger`)
    this.#rows = database.prepare(`SELECT ${ROW_COLUMNS} FROM stored_row`)
    this.#entries = database.prepare(`SELECT ${ENTRY_COLUMNS} FROM outbox ORDER BY sequence`)
    this.#head = database.prepare('SELECT revision, trimmed FROM log_head')
    this.#outside = database.prepare(
      `SELECT
         (SELECT count(*) FROM log_head) AS heads,
         (SELECT count(*) FROM schema_version) AS versions,
         (SELECT count(*) FROM commit_log) AS commits,
         (SELECT count(*) FROM commit_log WHERE revision <= :trimmed OR revision > :revision) AS strayCommits,
         (SELECT count(*) FROM change WHERE revision <= :trimmed OR revision > :revision) AS strayChanges`,
    )
  }

  /** Returns the ledger, or `undefined` if it has not begun. Throws `tampered` if it is not ours, or not a ledger. */
  read(): LedgerState | undefined {
    // The table is STRICT, so the columns have these types.
    const rows = this.#read.all() as unknown as LedgerRow[]
    if (rows.length > 1) throw new StorageError('tampered', 'The database has more than one ledger.')
    return rows[0] && LedgerState.open(this.#keys, rows[0])
  }

  /** The ledger as it would be if it began with the present rows, without the waiting entries. */
  sumOfRows(): LedgerState {
    const state = Object.assign(new LedgerState(this.#keys), this.#newestCommit())
    for (const row of this.#rows.iterate()) state.addRow(row as unknown as Row)
    return state
  }

  /**
   * Returns what is wrong with the tables that the sum does not cover. Their commits have MACs of their own, and
   * changed ones only make readers discard their caches. But a row of a future commit makes that commit fail, and a
   * second head makes all commits fail.
   */
  problemsOutsideSum(): string[] {
    const { revision, trimmed } = this.#newestCommit()
    const found = this.#outside.get({ revision, trimmed }) as unknown as OutsideSum
    const problems: string[] = []
    if (found.heads !== 1) problems.push(`The database has ${found.heads} rows that name the newest commit.`)
    if (found.versions !== 1) problems.push(`The database has ${found.versions} rows that name its schema version.`)
    const stray = found.strayCommits + found.strayChanges
    if (stray > 0) problems.push(`${stray} rows of the change log belong to no commit that it keeps.`)
    if (found.commits - found.strayCommits !== revision - trimmed)
      problems.push('Commits are missing from the change log.')
    return problems
  }

  entries(): StoredEntry[] {
    return this.#entries.all() as unknown as StoredEntry[]
  }

  #newestCommit(): Pick<LedgerState, 'revision' | 'trimmed'> {
    // The table is STRICT, so the columns have these types. It has no row if the row was removed.
    const { revision = 0, trimmed = 0 } = (this.#head.get() ?? {}) as { revision?: number; trimmed?: number }
    return { revision, trimmed }
  }
}

/** Numbers of rows in the tables that the sum does not cover. */
interface OutsideSum {
  heads: number
  versions: number
  commits: number
  strayCommits: number
  strayChanges: number
}

/** {@link LedgerTable} on the writing connection. */
export class LedgerWriter extends LedgerTable {
  readonly #keys: LedgerKeys
  readonly #isNew: StatementSync
  readonly #insert: StatementSync
  readonly #update: StatementSync
  readonly #authenticate: StatementSync
  readonly #forget: readonly StatementSync[]
  readonly #putHead: StatementSync
  readonly #putVersion: StatementSync

  constructor(database: DatabaseSync, keys: LedgerKeys) {
    super(database, keys)
    this.#keys = keys
    this.#isNew = database.prepare(
      `SELECT revision = 0 AND NOT EXISTS (SELECT 1 FROM stored_row) AND NOT EXISTS (SELECT 1 FROM outbox) AS isNew
       FROM log_head`,
    )
    this.#insert = database.prepare(`INSERT INTO ledger (${LEDGER_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`)
    this.#update = database.prepare(
      `UPDATE ledger SET serial = ?, revision = ?, trimmed = ?, sequence = ?, chain = ?, counts = ?, nonce = ?,
       digest = ?, mac = ?`,
    )
    this.#forget = ['ledger', 'log_head', 'schema_version', 'commit_log', 'change'].map((table) =>
      database.prepare(`DELETE FROM ${table}`),
    )
    this.#putHead = database.prepare('INSERT INTO log_head VALUES (?, ?)')
    this.#putVersion = database.prepare('INSERT INTO schema_version VALUES (?)')
    this.#authenticate = database.prepare(
      'UPDATE outbox SET sequence = ?, previous = ?, mac = ? WHERE event_id = ? AND sequence = ?',
    )
  }

  /** Begins the ledger of a database in which nothing was ever written. Call it inside a transaction. */
  beginIfNew(): void {
    if (this.read() === undefined && this.#isNew.get()?.isNew === 1) this.insert(new LedgerState(this.#keys))
  }

  /** Returns the state with everything that is stored: the present rows, and waiting entries with new MACs. */
  adopt(): LedgerState {
    const state = this.sumOfRows()
    for (const entry of this.entries()) {
      const { eventId, sequence, previous, mac } = state.enter(entry)
      changeOne(this.#authenticate, sequence, previous, mac, eventId, entry.sequence)
    }
    return state
  }

  /**
   * Replaces the ledger by a new one of the present content. Numbers continue from the highest in the file, so that
   * none is used twice.
   */
  accept(): LedgerState {
    const old = this.#readable() ?? new LedgerState(this.#keys)
    const state = this.sumOfRows()
    const entries = this.entries()
    for (const entry of entries) state.addEntry(entry)
    const newest = entries.findLast((entry) => equalInConstantTime(entry.mac, this.#keys.entryMac(entry)))
    const isAhead = newest !== undefined && newest.sequence > old.sequence
    state.serial = old.serial
    state.revision = Math.max(state.revision, old.revision) + 1
    state.sequence = isAhead ? newest.sequence : old.sequence
    state.chain = isAhead ? newest.mac : old.chain
    // The caches of other processes can be outdated: no commit before this one is kept.
    state.trimmed = state.revision
    for (const statement of this.#forget) statement.run()
    changeOne(this.#putHead, state.revision, state.trimmed)
    changeOne(this.#putVersion, SCHEMA_VERSION)
    this.insert(state)
    return state
  }

  /**
   * Replaces the ledger `old`, of other keys, which agrees with the present content, by one under these keys. Entries that
   * wait get MACs under them, and are chained as before. No commit before this one is kept, as theirs have the old MACs.
   */
  rekey(old: LedgerState): LedgerState {
    const state = this.sumOfRows()
    let last: StoredEntry | undefined
    for (const entry of this.entries()) {
      const previous = last?.sequence === entry.sequence - 1 ? last.mac : entry.previous
      const mac = this.#keys.entryMac({ ...entry, previous })
      changeOne(this.#authenticate, entry.sequence, previous, mac, entry.eventId, entry.sequence)
      last = { ...entry, previous, mac }
      state.addEntry(last)
    }
    const { serial, revision, sequence, chain } = old
    const newest = last?.sequence === sequence ? last.mac : chain
    Object.assign(state, { serial: serial + 1, revision, trimmed: revision, sequence, chain: newest })
    for (const statement of this.#forget) statement.run()
    changeOne(this.#putHead, state.revision, state.trimmed)
    changeOne(this.#putVersion, SCHEMA_VERSION)
    this.insert(state)
    return state
  }

  #readable(): LedgerState | undefined {
    try {
      return this.read()
    } catch {
      return undefined
    }
  }

  insert(state: LedgerState): void {
    changeOne(this.#insert, ...valuesOf(state.seal(systemRandom)))
  }

  update(state: LedgerState): void {
    changeOne(this.#update, ...valuesOf(state.seal(systemRandom)))
  }
}

function valuesOf(row: LedgerRow) {
  const { serial, revision, trimmed, sequence, chain, counts, nonce, digest, mac } = row
  return [serial, revision, trimmed, sequence, chain, counts, nonce, digest, mac] as const
}
