import type { Authentic, Unread } from '../vault/records/authentic.ts'
import { type AuditHeadRecord, auditHeadTable } from '../vault/records/audit-head.ts'
import { Changeset } from '../vault/records/changeset.ts'
import type { Records } from '../vault/records/records.ts'
import { everyRow } from '../vault/storage/page.ts'
import type { Position, StreamKind } from './lines.ts'
import { isPosition } from './parse-line.ts'

/** What the database stores about a stream. */
export interface StreamHead extends Position {
  kind: StreamKind
  /** Nothing more is added to the stream. */
  ended: boolean
  /** The stream whose genesis states where this one ends, if there is one. */
  successor?: string
}

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

/** The index. No stream has this name, and it is not listed among the heads. */
const INDEX = { name: 'streams', list: 'audit-index' } as const
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
  readonly #records: Records

  constructor(records: Records) {
    this.#records = records
  }

  async *all(): AsyncGenerator<HeadRow> {
    const { examined } = this.#records
    for await (const row of everyRow((page) => examined.listByOwner(auditHeadTable, { list: 'audit' }, page))) {
      yield headRow(row)
    }
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
    const row = await this.#records.examined.get(auditHeadTable, { name: stream })
    return row && headRow(row)
  }

  async index(): Promise<IndexRow | undefined> {
    const row = await this.#records.examined.get(auditHeadTable, INDEX)
    return row && indexRow(row)
  }

  /**
   * Writes the row if it still has `version` (0: it does not exist yet). Resolves to whether it had. If the stream
   * begins, ends or gets a successor, the same commit updates the index. A repeated attempt is a new commit, because
   * writing the same row again is harmless.
   */
  async put(stream: string, version: number, head: StreamHead): Promise<boolean> {
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
      const changes = new Changeset()
      changes.overwrite(auditHeadTable, { name: stream, list: 'audit', says: head }, version)
      if (version === 0 || head.ended) await this.#writeIndex(stream, version, head, changes)
      const result = await this.#records.commit(changes)
      if (result.committed) return true
      if (result.conflict.id !== INDEX.name) return false
    }
    throw new Error('the index of audit streams keeps changing')
  }

  /** How many streams were ever begun; `undefined` if the index is unreadable. */
  async count(): Promise<number | undefined> {
    return (await this.index())?.index?.streams
  }

  /** Adds the next row of the index to `changes`. An index that is not authentic stays unchanged, for verifyAudit to find. */
  async #writeIndex(stream: string, version: number, head: StreamHead, changes: Changeset): Promise<void> {
    const stored = await this.index()
    if (stored !== undefined && stored.index === undefined) return
    const { streams, made, tips } = stored?.index ?? (await this.#indexOfRows())
    const others = Object.fromEntries(Object.entries(tips).filter(([tip]) => tip !== stream))
    const tip = head.successor === undefined ? { [stream]: head.ended ? head.size : null } : {}
    const next: StreamIndex = { made, streams: streams + (version === 0 ? 1 : 0), tips: { ...others, ...tip } }
    changes.overwrite(auditHeadTable, { ...INDEX, says: next }, stored?.version ?? 0)
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
}

/** Adds the empty index to `changes`, for who begins the log of a new data folder. */
export function beginIndex(changes: Changeset): void {
  changes.overwrite(auditHeadTable, { ...INDEX, says: { streams: 0, made: 0, tips: {} } satisfies StreamIndex }, 0)
}

type Examined = Authentic<AuditHeadRecord> | Unread<AuditHeadRecord>

function headRow(row: Examined): HeadRow {
  const head = row.isAuthentic ? readHead(row.value.says) : undefined
  return { stream: row.id, version: row.version, ...(head && { head }) }
}

function indexRow(row: Examined): IndexRow {
  const index = row.isAuthentic ? readIndex(row.value.says) : undefined
  return { version: row.version, ...(index && { index }) }
}

function readHead(head: unknown): StreamHead | undefined {
  return isPosition(head) && 'ended' in head && 'kind' in head ? (head as StreamHead) : undefined
}

function readIndex(index: unknown): StreamIndex | undefined {
  return typeof index === 'object' && index !== null && 'tips' in index ? (index as StreamIndex) : undefined
}
