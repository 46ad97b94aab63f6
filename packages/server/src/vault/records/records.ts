import type { Random } from '../../platform/random.ts'
import type { Hierarchy } from '../hierarchy/hierarchy.ts'
import type { DuePosition, Page } from '../storage/page.ts'
import type { OutboxEntry } from '../storage/journal.ts'
import type { Commit, CommitResult, Expectation, LedgerNumbers, Row, Store } from '../storage/store.ts'
import { type Authentic, authenticated, examined, Unread } from './authentic.ts'
import type { Changeset } from './changeset.ts'
import type { Table } from './table.ts'

/** What rows become when they are read. */
interface Readings<T> {
  authentic: Authentic<T>
  unread: Unread<T>
  examined: Authentic<T> | Unread<T>
}
type Reading = keyof Readings<unknown>

type Open<R extends Reading> = <T>(table: Table<T>, row: Row) => Promise<Readings<T>[R]>

/** The rows of all tables, read in one way. Rows are named, and listed, by the members of records that their tables take for it. */
export class Rows<R extends Reading> {
  readonly #store: Store
  readonly #open: Open<R>

  constructor(store: Store, open: Open<R>) {
    this.#store = store
    this.#open = open
  }

  /** The record as last committed, or `undefined`. */
  get<T, I>(table: Table<T, I>, parts: NoInfer<I>): Promise<Readings<T>[R] | undefined> {
    return this.byId(table, table.id(parts))
  }

  /** {@link get}, for what was told of the id alone, as by the change log. */
  async byId<T>(table: Table<T>, id: string): Promise<Readings<T>[R] | undefined> {
    const row = await this.#store.get(table.name, id)
    return row && this.#open(table, row)
  }

  /** Every record of the table, ascending by id. */
  async list<T>(table: Table<T>, page: Page): Promise<Readings<T>[R][]> {
    return this.#openAll(table, await this.#store.list(table.name, page))
  }

  /** Records with this owner, ascending by id. */
  async listByOwner<T, O>(table: Table<T, unknown, O>, parts: NoInfer<O>, page: Page): Promise<Readings<T>[R][]> {
    return this.#openAll(table, await this.#store.listByOwner(table.name, table.owner(parts), page))
  }

  /** Records with this target, ascending by id. */
  async listByTarget<T, G>(
    table: Table<T, unknown, unknown, G>,
    parts: NoInfer<G>,
    page: Page,
  ): Promise<Readings<T>[R][]> {
    return this.#openAll(table, await this.#store.listByTarget(table.name, table.target(parts), page))
  }

  /** Records that are due at or before `nowMs`, earliest first and those of one time by id; from the first unless `after` says. */
  async due<T>(table: Table<T>, nowMs: number, limit: number, after?: DuePosition): Promise<Readings<T>[R][]> {
    return this.#openAll(table, await this.#store.listDue(table.name, nowMs, limit, after))
  }

  #openAll<T>(table: Table<T>, rows: readonly Row[]): Promise<Readings<T>[R][]> {
    return Promise.all(rows.map((row) => this.#open(table, row)))
  }
}

interface Context {
  store: Store
  hierarchy: Hierarchy
  random: Random
}

/**
 * Everything stored that decides something, by its declarations (tables.ts). What it returns is authentic; it rejects with
 * {@link IntegrityError} for a row that this service did not write.
 */
export class Records extends Rows<'authentic'> {
  readonly #context: Context
  /** The same rows, and nothing read from them. */
  readonly unread: Rows<'unread'>
  /** The same rows, where one that is not authentic is no reason to stop. */
  readonly examined: Rows<'examined'>

  constructor(context: Context) {
    const { store, hierarchy } = context
    super(store, (table, row) => authenticated(table, row, hierarchy))
    this.unread = new Rows(store, (table, row) => Promise.resolve(new Unread(table, row)))
    this.examined = new Rows(store, (table, row) => examined(table, row, hierarchy))
    this.#context = context
  }

  /** How many rows have this owner, counted no further than `most`. They are counted by a column that is not authenticated. */
  countByOwner<O>(table: Table<unknown, unknown, O>, parts: NoInfer<O>, most: number): Promise<number> {
    return this.#context.store.countByOwner(table.name, table.owner(parts), most)
  }

  /**
   * Applies the changes together with the entries for the audit log, or nothing: {@link Store.commit}. `keys` are rows of
   * domain keys that change with them.
   */
  commit(
    changes: Changeset,
    entries: readonly OutboxEntry[] = [],
    keys: DomainKeyChange = NO_KEYS,
  ): Promise<CommitResult> {
    return this.#committed(changes, entries, (commit) => {
      const { put, expect, deleted } = keys
      return this.#context.store.commit({
        ...commit,
        expect: [...expect, ...commit.expect],
        put: [...put, ...commit.put],
        delete: [...deleted, ...commit.delete],
      })
    })
  }

  /** Makes a new ledger of all rows as they are together with the changes: {@link Store.acceptRows}. */
  acceptRows(changes: Changeset, entries: readonly OutboxEntry[]): Promise<CommitResult> {
    return this.#committed(changes, entries, (commit) => this.#context.store.acceptRows(commit))
  }

  /** Applies the changes, and counts on from `least`: {@link Store.advance}. */
  advance(changes: Changeset, entries: readonly OutboxEntry[], least: LedgerNumbers): Promise<CommitResult> {
    return this.#committed(changes, entries, (commit) => this.#context.store.advance(commit, least))
  }

  /**
   * Commits under the newest generations of the domains. If one of them was retired since this process read it, the rows are
   * made again under the next one: nothing else can have gone wrong, so its caller need not know.
   */
  async #committed(
    changes: Changeset,
    entries: readonly OutboxEntry[],
    commit: (commit: Commit) => Promise<CommitResult>,
  ): Promise<CommitResult> {
    for (let attempt = 1; ; attempt++) {
      const { under, ...made } = await this.#commitOf(changes, entries)
      const result = await commit({ ...made, expect: [...under, ...made.expect] })
      if (result.committed || !isOf(under, result.conflict) || attempt === MAX_ATTEMPTS) return result
      this.#context.hierarchy.forgetDomainKeys()
    }
  }

  async #commitOf(changes: Changeset, audit: readonly OutboxEntry[]): Promise<Commit & { under: Expectation[] }> {
    const complete = await Promise.all(
      changes.written.map(({ row, sealed }) => this.#context.hierarchy.complete(row, sealed)),
    )
    const under = new Map(complete.map(({ under: key }) => [key.id, key]))
    return {
      id: this.#context.random.uuid(),
      expect: changes.expected,
      under: [...under.values()],
      put: complete.map(({ row }) => row),
      delete: changes.deleted,
      audit,
    }
  }
}

/** How often a commit is made again because a domain got another generation meanwhile. */
const MAX_ATTEMPTS = 5

/** A change of domain keys, for the commit that it is part of. */
export interface DomainKeyChange {
  put: readonly Row[]
  expect: readonly Expectation[]
  deleted: readonly { table: 'domain_key'; id: string }[]
}

const NO_KEYS: DomainKeyChange = { put: [], expect: [], deleted: [] }

function isOf(under: readonly Expectation[], { table, id }: Expectation): boolean {
  return under.some((one) => one.table === table && one.id === id)
}

/** The records, for code that reads them and writes nothing. */
export type RecordReader = Omit<Records, 'commit' | 'acceptRows' | 'advance'>
