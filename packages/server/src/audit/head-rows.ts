import { type Hierarchy, IntegrityError } from '../vault/hierarchy/hierarchy.ts'
import type { Random } from '../platform/random.ts'
import { everyRow } from '../vault/storage/every-row.ts'
import type { Page, Row, Store } from '../vault/storage/store.ts'
import type { Position, StreamKind } from './lines.ts'
import { isPosition } from './parse-line.ts'

/** What the database stores about a stream: the body of its row in the table `audit_head`. */
export interface StreamHead extends Position {
  kind: StreamKind
  /** Nothing more is added to the stream. */
  ended: boolean
  /** The stream whose genesis states where this one ends, if there is one. */
  successor?: string
}

/** The owner of the rows, for listing. */
const OWNER = 'audit'

/**
 * The row that names the streams, so that no stream can vanish together with its own row: how many were ever begun, and
 * those without a successor, with their size once they have ended. Written in the same commit as the stream's own row.
 */
export interface StreamIndex {
  streams: number
  /** How many streams existed when the index was created: 0, except in a folder that an older Keyhold wrote. */
  made: number
  tips: Record<string, number | null>
}

/** The id of the row. No stream has this name. */
const INDEX_ID = 'streams'
/** Differs from {@link OWNER}, so that the index is not listed among the heads. */
const INDEX_OWNER = 'audit-index'
/** Other processes begin and end streams too. */
const MAX_ATTEMPTS = 50
const MAX_READINGS = 20

/** A row as read: its head, or `undefined` if it is not authentic or not a head. */
export interface HeadRow {
  stream: string
  version: number
  head?: StreamHead
}

/** The index as read: `undefined` if the row is not authentic or not an index. */
export interface IndexRow {
  version: number
  index?: StreamIndex
}

/** The heads of streams in the database. */
export class HeadRows {
  readonly #store: Store
  readonly #hierarchy: Pick<Hierarchy, 'authenticate' | 'verify'>

  constructor(store: Store, hierarchy: Pick<Hierarchy, 'authenticate' | 'verify'>) {
    this.#store = store
    this.#hierarchy = hierarchy
  }

  async *all(): AsyncGenerator<HeadRow> {
    const list = (page: Page): Promise<Row[]> => this.#store.listByOwner('audit_head', OWNER, page)
    for await (const row of everyRow(list)) yield await this.#open(row)
  }

  /**
   * Reads all rows and the index at one moment. The result has no index if other processes keep beginning and ending
   * streams: a caller that compares the two must not report that as tampering.
   */
  async snapshot(): Promise<{ rows: Map<string, HeadRow>; index?: IndexRow; settled: boolean }> {
    let index = await this.index()
    let rows = new Map<string, HeadRow>()
    for (let reading = 1; reading <= MAX_READINGS; reading += 1) {
      rows = new Map((await Array.fromAsync(this.all())).map((row) => [row.stream, row]))
      const now = await this.index()
      if (now?.version === index?.version) return { rows, ...(index && { index }), settled: true }
      index = now
    }
    return { rows, settled: false }
  }

  async get(stream: string): Promise<HeadRow | undefined> {
    const row = await this.#store.get('audit_head', stream)
    return row === undefined ? undefined : this.#open(row)
  }

  async index(): Promise<IndexRow | undefined> {
    const row = await this.#store.get('audit_head', INDEX_ID)
    if (row === undefined) return undefined
    const index = readIndex(await this.#bodyOf(row))
    return { version: row.version, ...(index && { index }) }
  }

  /** The first row of the index, for the log of a new data folder. */
  emptyIndex(): Promise<Row> {
    return this.#row(INDEX_ID, INDEX_OWNER, 1, { streams: 0, made: 0, tips: {} } satisfies StreamIndex)
  }

  /**
   * Writes the row if it still has `version` (0: it does not exist yet). Resolves to whether it had. If the stream
   * begins, ends or gets a successor, the same commit updates the index. The commit's name is random: a repeated
   * attempt is a new commit, because writing the same row again is harmless.
   */
  async put(stream: string, version: number, head: StreamHead, random: Random): Promise<boolean> {
    const row = await this.#row(stream, OWNER, version + 1, head)
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
      const index = version === 0 || head.ended ? await this.#indexWith(stream, version, head) : undefined
      const put = index === undefined ? [row] : [row, index]
      const expect = put.map((one) => ({ ...one, version: one.version - 1 }))
      const result = await this.#store.commit({ id: random.uuid(), expect, put, delete: [], audit: [] })
      if (result.committed) return true
      if (result.conflict.id !== INDEX_ID) return false
    }
    throw new Error('the index of audit streams keeps changing')
  }

  /** How many streams were ever begun; `undefined` if the index is unreadable. */
  async count(): Promise<number | undefined> {
    return (await this.index())?.index?.streams
  }

  /**
   * Returns the next row of the index, or `undefined` if the stored one is not authentic: it stays unchanged for
   * verifyAudit to find.
   */
  async #indexWith(stream: string, version: number, head: StreamHead): Promise<Row | undefined> {
    const stored = await this.index()
    if (stored !== undefined && stored.index === undefined) return undefined
    const { streams, made, tips } = stored?.index ?? (await this.#indexOfRows())
    const others = Object.fromEntries(Object.entries(tips).filter(([tip]) => tip !== stream))
    const tip = head.successor === undefined ? { [stream]: head.ended ? head.size : null } : {}
    const next: StreamIndex = { made, streams: streams + (version === 0 ? 1 : 0), tips: { ...others, ...tip } }
    return this.#row(INDEX_ID, INDEX_OWNER, (stored?.version ?? 0) + 1, next)
  }

  /** For a data folder of an older Keyhold, which had no index. */
  async #indexOfRows(): Promise<StreamIndex> {
    const rows = await Array.fromAsync(this.all())
    const tips = rows.filter(({ head }) => head !== undefined && head.successor === undefined)
    return {
      streams: rows.length,
      made: rows.length,
      tips: Object.fromEntries(tips.map(({ stream, head }) => [stream, head?.ended === true ? head.size : null])),
    }
  }

  #row(id: string, owner: string, version: number, body: StreamHead | StreamIndex): Promise<Row> {
    const row = { table: 'audit_head' as const, id, owner, target: '', dueMs: null, version, sealed: null }
    return this.#hierarchy.authenticate({ ...row, body: JSON.stringify(body) })
  }

  async #open(row: Row): Promise<HeadRow> {
    const head = readHead(await this.#bodyOf(row))
    return { stream: row.id, version: row.version, ...(head && { head }) }
  }

  async #bodyOf(row: Row): Promise<unknown> {
    try {
      return JSON.parse((await this.#hierarchy.verify(row)).body)
    } catch (error) {
      if (error instanceof IntegrityError) return undefined
      throw error
    }
  }
}

function readHead(head: unknown): StreamHead | undefined {
  return isPosition(head) && 'ended' in head && 'kind' in head ? (head as StreamHead) : undefined
}

function readIndex(index: unknown): StreamIndex | undefined {
  return typeof index === 'object' && index !== null && 'tips' in index ? (index as StreamIndex) : undefined
}
