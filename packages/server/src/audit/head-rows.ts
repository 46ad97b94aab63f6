import { type Hierarchy, IntegrityError } from '../hierarchy/hierarchy.ts'
import type { Random } from '../platform/random.ts'
import type { Commit, Row, Store } from '../storage/store.ts'
import type { Position, StreamKind } from './lines.ts'
import { isPosition } from './parse-line.ts'

/** What the database knows of a stream: the body of its row in the table `audit_head`. */
export interface StreamHead extends Position {
  kind: StreamKind
  /** Nothing is added to the stream any more. */
  ended: boolean
  /** The stream whose genesis says where this one ends, once there is one. */
  successor?: string
}

/** What the rows are listed under: the database knows all streams, so that none can vanish unnoticed. */
const OWNER = 'audit'
const PAGE_ROWS = 500

/** A row as read: its head, or `undefined` when it is not authentic or not a head. */
export interface HeadRow {
  stream: string
  version: number
  head?: StreamHead
}

/** The heads of streams in the database. */
export class HeadRows {
  readonly #store: Store
  readonly #hierarchy: Hierarchy

  constructor(store: Store, hierarchy: Hierarchy) {
    this.#store = store
    this.#hierarchy = hierarchy
  }

  async *all(): AsyncGenerator<HeadRow> {
    let after: string | undefined
    for (;;) {
      const page = { limit: PAGE_ROWS, ...(after === undefined ? {} : { after }) }
      const rows = await this.#store.listByOwner('audit_head', OWNER, page)
      for (const row of rows) yield await this.#open(row)
      if (rows.length < PAGE_ROWS) return
      after = rows.at(-1)?.id
    }
  }

  async get(stream: string): Promise<HeadRow | undefined> {
    const row = await this.#store.get('audit_head', stream)
    return row === undefined ? undefined : this.#open(row)
  }

  /**
   * Writes the row if it still has `version` (0: does not exist yet); tells whether it had. Random names the commit:
   * a repeated attempt is a new one, because the same row again is harmless.
   */
  async put(stream: string, version: number, head: StreamHead, random: Random): Promise<boolean> {
    const row = await this.#hierarchy.authenticate({
      table: 'audit_head',
      id: stream,
      owner: OWNER,
      target: '',
      dueMs: null,
      version: version + 1,
      body: JSON.stringify(head),
      sealed: null,
    })
    const expect = [{ table: 'audit_head', id: stream, version }] as const
    const commit: Commit = { id: random.uuid(), expect, put: [row], delete: [], audit: [] }
    return (await this.#store.commit(commit)).committed
  }

  async #open(row: Row): Promise<HeadRow> {
    const found = { stream: row.id, version: row.version }
    try {
      const head = readHead((await this.#hierarchy.verify(row)).body)
      return head === undefined ? found : { ...found, head }
    } catch (error) {
      if (error instanceof IntegrityError) return found
      throw error
    }
  }
}

function readHead(body: string): StreamHead | undefined {
  const head: unknown = JSON.parse(body)
  return isPosition(head) && 'ended' in head && 'kind' in head ? (head as StreamHead) : undefined
}
