import { readFile } from 'node:fs/promises'
import type { Logger } from '../platform/logger.ts'
import type { HeadRow, StreamHead, StreamIndex } from './head-rows.ts'
import { type Layout, layoutOf, listStreams, type Segment } from './layout.ts'
import { type Cut, MAX_PREDECESSORS, type Position, type Predecessor } from './lines.ts'
import type { StreamOwner } from './owner.ts'
import type { Sha256, VerifySignature } from './ports.ts'
import { treeBefore, walkSegment } from './walk-segment.ts'

/** More than a whole segment with its longest batch. No writer leaves a longer one, torn or not. */
const MAX_SEGMENT_FILE_BYTES = 512 * 1024 * 1024

/** A stream that ended or whose process died, and that no other stream names yet. */
export interface DeadStream {
  predecessor: Predecessor
  layout: Layout
  /** The database's row, if there is one. */
  row?: HeadRow
}

/** What {@link examine} needs. */
export interface ExamineOptions {
  folder: string
  sha256: Sha256
  verify: VerifySignature
}

/** What {@link surveyDeadStreams} needs. */
export interface SurveyOptions extends ExamineOptions {
  rows: ReadonlyMap<string, HeadRow>
  /** Read at the same moment as the rows. Without it the rows are compared with the files alone. */
  index: StreamIndex | undefined
  owner: StreamOwner
  logger: Logger
}

/**
 * Finds the streams that need a successor, and where each ends. Changes nothing. A stream that cannot be read is left
 * for a later start: damage to the log must not make keys unavailable, and a disk error can be temporary.
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
      options.logger.error('an audit stream cannot be read: run `keyhold audit verify`', { stream, error })
    })
    if (found) dead.push(doubted(found, objectionOfIndex(stream, row?.head, options.index)))
  }
  return dead
}

/** Returns why the row contradicts the index, which was written together with it, or `undefined`. */
function objectionOfIndex(stream: string, head: StreamHead | undefined, index: StreamIndex | undefined) {
  if (index === undefined || head === undefined) return undefined
  if (!Object.hasOwn(index.tips, stream)) return 'its row in the database is an older one: the stream had a successor'
  const ended = index.tips[stream] ?? undefined
  const agrees = head.ended ? ended === head.size : ended === undefined
  return agrees ? undefined : 'its row in the database is an older one: the stream had ended'
}

/** Cuts nothing from a stream that shows signs of tampering. */
function doubted(stream: DeadStream, objection: string | undefined): DeadStream {
  if (objection === undefined || stream.predecessor.damage !== undefined) return stream
  return { ...stream, predecessor: { ...stream.predecessor, cuts: [], damage: objection } }
}

/** Returns where a stream ends according to its files, and how the database contradicts that. */
export async function examine(stream: string, row: HeadRow | undefined, options: ExamineOptions): Promise<DeadStream> {
  const layout = await layoutOf(options.folder, stream)
  const found = { layout, ...(row === undefined ? {} : { row }) }
  if (row?.head?.ended === true) return { ...found, predecessor: endedAsRecorded(layout, row.head) }
  const { end, cuts, damage } = await findEnd(layout, row !== undefined, options)
  const reason = damage ?? lossAgainst(row, end)
  // The bytes of a damaged stream are evidence, whatever happened to it.
  const predecessor = reason === undefined ? { stream, end, cuts } : { stream, end, cuts: [], damage: reason }
  return { ...found, predecessor }
}

/** A stream that was closed normally: the database states its end, and the length of the files must match. */
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
  return lost > 0 ? `${lost} lines that the database has recorded are missing or changed` : undefined
}

/**
 * Finds the last valid head and what follows it. Reads only the last segment, because its opening states the tree
 * before it. verifyAudit checks everything before.
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
    // With fsync at most one batch is in progress: two heads after a contradiction mean that a line was changed. With
    // `write` a power loss can tear several batches; then the database's head shows how far the stream had come.
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
