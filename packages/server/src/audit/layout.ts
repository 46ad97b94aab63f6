import type { Dirent } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Genesis, SegmentOpening } from './lines.ts'
import { readGenesis, readSegmentOpening } from './parse-line.ts'
import { isStreamId, OWNER_FILE, segmentNumber, segmentPath } from './paths.ts'
import { LineTooLongError, readFirstLine } from './read-lines.ts'

/** One segment of a stream. */
export interface Segment {
  number: number
  path: string
  /** The content of its first line: the genesis in segment 1, an opening in all others. */
  genesis?: Genesis
  opening?: SegmentOpening
  /** The number of bytes that belong to the stream, as the next segment states; `Infinity` for the last segment. */
  end: number
  /** The size of the file when it was read. */
  fileBytes: number
}

/** How the files of one stream fit together according to their first lines. Nothing here is verified yet. */
export interface Layout {
  stream: string
  /** The segments that count, in ascending order. Each except the first names the one before it. */
  segments: Segment[]
  /** A segment that an opening names and that is neither present nor declared as dropped. */
  missing?: number
  /** Segments after the last one with a valid start: they belong to a batch that was never acknowledged. */
  torn: Segment[]
  /** Names of files in the folder that are neither segments nor the owner file. */
  strangers: string[]
}

/** Returns the streams in an audit folder, and the names of all other entries. Both are empty for a missing folder. */
export async function listStreams(folder: string): Promise<{ streams: string[]; strangers: string[] }> {
  const streams: string[] = []
  const strangers: string[] = []
  for (const entry of await listFolder(folder)) {
    if (entry.isDirectory() && isStreamId(entry.name)) streams.push(entry.name)
    else if (!entry.isDirectory() || !isUnfinished(entry.name)) strangers.push(entry.name)
  }
  return { streams: streams.toSorted(), strangers: strangers.toSorted() }
}

/** Whether the folder belongs to a stream whose creation (audit-stream.ts) was interrupted. */
function isUnfinished(folder: string): boolean {
  return folder.startsWith('.') && isStreamId(folder.slice(1))
}

/**
 * Follows the openings back from the last segment, or from the last segment up to `last` if the stream is known to end
 * there. Segments that this chain skips were abandoned before anything in them counted.
 */
export async function layoutOf(folder: string, stream: string, last = Infinity): Promise<Layout> {
  const { found, strangers } = await lookAtSegments(folder, stream)
  const numbers = [...found.keys()].toSorted((a, b) => a - b)
  const end = numbers.findLast((number) => number <= last && begins(found.get(number)))
  const torn = numbers.filter((number) => number > (end ?? 0)).flatMap((number) => found.get(number) ?? [])
  return { stream, ...chain(found, end), torn, strangers }
}

/** How the files of all streams in an audit folder currently fit together. */
export async function layoutsOf(folder: string): Promise<Layout[]> {
  const { streams } = await listStreams(folder)
  return Promise.all(streams.map((stream) => layoutOf(folder, stream)))
}

/**
 * Returns the description of the stream in its first remaining line, or `undefined` if no segment has a valid start.
 */
export function beginningOf({ segments }: Layout): Pick<SegmentOpening, 'kind' | 'durability' | 'timeMs'> | undefined {
  return segments[0]?.genesis ?? segments[0]?.opening
}

/** The segment `end` and those before it, each found through the opening of the next. */
function chain(found: Map<number, Segment>, end: number | undefined): Pick<Layout, 'segments' | 'missing'> {
  const last = end === undefined ? undefined : found.get(end)
  if (last === undefined) return { segments: [] }
  const segments = [last]
  for (let opening = last.opening; opening !== undefined; opening = segments[0]?.opening) {
    const { segment: number, bytes } = opening.previous
    const previous = number < opening.number ? found.get(number) : undefined
    if (previous === undefined || !begins(previous)) {
      return number <= (last.opening?.droppedThrough ?? 0) ? { segments } : { segments, missing: number }
    }
    segments.unshift({ ...previous, end: bytes })
  }
  return { segments }
}

function begins(segment: Segment | undefined): boolean {
  return segment?.genesis !== undefined || segment?.opening !== undefined
}

async function lookAtSegments(
  folder: string,
  stream: string,
): Promise<{ found: Map<number, Segment>; strangers: string[] }> {
  const found = new Map<number, Segment>()
  const strangers: string[] = []
  for (const entry of await listFolder(join(folder, stream))) {
    const number = entry.isFile() ? segmentNumber(entry.name) : undefined
    const segment = number === undefined ? undefined : await look(segmentPath(folder, stream, number), stream, number)
    if (segment !== undefined) found.set(segment.number, segment)
    if (number === undefined && !(entry.isFile() && entry.name === OWNER_FILE)) strangers.push(entry.name)
  }
  return { found, strangers: strangers.toSorted() }
}

/** Returns `undefined` if the file is gone: a running writer can drop segments meanwhile. */
async function look(path: string, stream: string, number: number): Promise<Segment | undefined> {
  try {
    const { size } = await stat(path)
    const segment = { number, path, end: Infinity, fileBytes: size }
    const line = await firstLine(path)
    if (line === undefined) return segment
    const genesis = number === 1 ? readGenesis(line) : undefined
    if (genesis?.stream === stream) return { ...segment, genesis }
    const opening = number === 1 ? undefined : readSegmentOpening(line)
    return opening?.stream === stream && opening.number === number ? { ...segment, opening } : segment
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

async function firstLine(path: string): Promise<Uint8Array | undefined> {
  try {
    return await readFirstLine(path)
  } catch (error) {
    if (error instanceof LineTooLongError) return undefined
    throw error
  }
}

async function listFolder(path: string): Promise<Dirent[]> {
  try {
    return await readdir(path, { withFileTypes: true })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}
