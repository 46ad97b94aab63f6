import { readFile } from 'node:fs/promises'
import type { Logger } from '../platform/logger.ts'
import type { HeadRow, StreamHead, StreamIndex } from './head-rows.ts'
import { type Layout, layoutOf, listStreams, type Segment } from './layout.ts'
import { type Cut, MAX_PREDECESSORS, type Position, type Predecessor } from './lines.ts'
import type { StreamOwner } from './owner.ts'
import type { Sha256, VerifySignature } from './ports.ts'
import { treeBefore, walkSegment } from './walk-segment.ts'

/** More than a whole segment and the longest batch in it: no writer leaves a longer one, torn or not. */
const MAX_SEGMENT_FILE_BYTES = 512 * 1024 * 1024

/** A stream that ended or died and that no other stream names yet. */
export interface DeadStream {
  predecessor: Predecessor
  layout: Layout
  /** The database's row, where there is one. */
  row?: HeadRow
}

export interface ExamineOptions {
  folder: string
  sha256: Sha256
  verify: VerifySignature
}

export interface SurveyOptions extends ExamineOptions {
  rows: ReadonlyMap<string, HeadRow>
  /** Of the same moment as the rows; without it they are held against the files alone. */
  index: StreamIndex | undefined
  owner: StreamOwner
  logger: Logger
}

/**
 * Finds the streams that need a successor and where each ends. Changes nothing. A stream that cannot be read waits for
 * a later start: damage to the log must not keep anybody from keys, and what a disk refuses now may be there tomorrow.
 */
export async function surveyDeadStreams(options: SurveyOptions): Promise<DeadStream[]> {
  const known = options.rows
  const { streams } = await listStreams(options.folder)
  const dead: DeadStream[] = []
  for (const stream of new Set([...streams, ...known.keys()])) {
    if (dead.length === MAX_PREDECESSORS) break
    const row = known.get(stream)
    const neverBegun = row?.head?.size === 0 && !streams.includes(stream)
    if (neverBegun || row?.head?.successor !== undefined) continue
    if (await options.owner.isAlive(stream)) continue
    const found = await examine(stream, row, options).catch((error: unknown) => {
      options.logger.error('audit stream cannot be read: run `keyhold audit verify`', { stream, error })
    })
    if (found) dead.push(doubted(found, objectionOfIndex(stream, row?.head, options.index)))
  }
  return dead
}

/** Whether the row is what the index, which was written with it, says of the stream. */
function objectionOfIndex(stream: string, head: StreamHead | undefined, index: StreamIndex | undefined) {
  if (index === undefined || head === undefined) return undefined
  if (!Object.hasOwn(index.tips, stream)) return 'its row in the database is an older one: the stream had a successor'
  const ended = index.tips[stream] ?? undefined
  const agrees = head.ended ? ended === head.size : ended === undefined
  return agrees ? undefined : 'its row in the database is an older one: the stream had ended'
}

/** Nothing is cut from a stream that somebody is known to have tampered with. */
function doubted(stream: DeadStream, objection: string | undefined): DeadStream {
  if (objection === undefined || stream.predecessor.damage !== undefined) return stream
  return { ...stream, predecessor: { ...stream.predecessor, cuts: [], damage: objection } }
}

/** Where a stream ends, by the files, and what the database says against that. */
export async function examine(stream: string, row: HeadRow | undefined, options: ExamineOptions): Promise<DeadStream> {
  const layout = await layoutOf(options.folder, stream)
  const found = { layout, ...(row === undefined ? {} : { row }) }
  if (row?.head?.ended === true) return { ...found, predecessor: endedAsRecorded(layout, row.head) }
  const { end, cuts, damage } = await findEnd(layout, row !== undefined, options)
  const reason = damage ?? lossAgainst(row, end)
  // Whatever happened to a damaged stream, its bytes are evidence.
  const predecessor = reason === undefined ? { stream, end, cuts } : { stream, end, cuts: [], damage: reason }
  return { ...found, predecessor }
}

/** A stream that was closed in order: the database says where, and the file's length must agree. */
function endedAsRecorded({ stream, segments, torn }: Layout, head: StreamHead): Predecessor {
  const { segment, bytes, size, root } = head
  const last = segments.at(-1)
  const agrees = last?.number === segment && last.fileBytes === bytes && torn.length === 0
  const predecessor = { stream, end: { segment, bytes, size, root }, cuts: [] }
  return agrees ? predecessor : { ...predecessor, damage: 'the files do not end where the stream was closed' }
}

function lossAgainst(row: HeadRow | undefined, end: Position): string | undefined {
  if (row === undefined) return undefined
  if (row.head === undefined) return 'its row in the database is not authentic'
  const lost = row.head.size - end.size
  return lost > 0 ? `${lost} lines that the database knows of are gone or changed` : undefined
}

/**
 * The last head that holds, and what lies behind it. Reads the last segment only: its opening states the tree before
 * it. Everything before is for verifyAudit.
 */
async function findEnd(
  layout: Layout,
  inDatabase: boolean,
  options: ExamineOptions,
): Promise<{ end: Position; cuts: Cut[]; damage?: string }> {
  const { sha256 } = options
  if ([...layout.segments, ...layout.torn].some(({ fileBytes }) => fileBytes > MAX_SEGMENT_FILE_BYTES)) {
    return { end: emptyPosition(sha256), cuts: [], damage: 'a segment is longer than any writer makes' }
  }
  const cuts = await Promise.all(layout.torn.map((segment) => cutOf(segment, 0, sha256)))
  for (const segment of layout.segments.toReversed()) {
    const tree = treeBefore(segment, sha256)
    if (tree === undefined) return { end: emptyPosition(sha256), cuts, damage: 'a segment contradicts itself' }
    const walk = await walkSegment({ ...segment, end: Infinity }, tree, { ...options, stream: layout.stream })
    const { durability } = segment.genesis ?? segment.opening ?? { durability: 'fsync' }
    // With fsync one batch at most is under way: two heads behind a contradiction mean that somebody changed a line.
    // At `write` a power cut may tear several; then the database's head tells how far the stream had come.
    const tampered = walk.strayHeads > 1 && (durability === 'fsync' || !inDatabase)
    if (walk.end !== undefined || tampered) {
      const { bytes, size, root } = walk.end ?? { bytes: 0, size: tree.size, root: tree.root() }
      const end = { segment: segment.number, bytes, size, root }
      if (tampered) return { end, cuts, damage: walk.contradiction?.reason ?? 'lines were changed' }
      return { end, cuts: [await cutOf(segment, bytes, sha256), ...cuts].filter((cut) => cut.bytes > 0) }
    }
    cuts.unshift(await cutOf(segment, 0, sha256))
  }
  const lost = layout.missing === undefined ? {} : { damage: `segment ${layout.missing} is missing` }
  return { end: emptyPosition(sha256), cuts: cuts.filter((cut) => cut.bytes > 0), ...lost }
}

async function cutOf({ path, number, fileBytes }: Segment, offset: number, sha256: Sha256): Promise<Cut> {
  const removed = (await readFile(path)).subarray(offset)
  return { segment: number, offset, bytes: fileBytes - offset, sha256: sha256(removed) }
}

function emptyPosition(sha256: Sha256): Position {
  return { segment: 0, bytes: 0, size: 0, root: sha256('') }
}
