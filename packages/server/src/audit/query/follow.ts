import { open } from 'node:fs/promises'
import { layoutsOf, type Segment } from '../layout.ts'
import { readRecord } from '../parse-line.ts'
import { readLinesIfThere } from '../read-lines.ts'
import type { AuditRecord } from '../record.ts'

/** How many bytes of each segment have been read, by path. */
export type Positions = Map<string, number>

const CHUNK_BYTES = 64 * 1024
const NEWLINE = 0x0a

/** Where the complete lines of every segment end now. */
export async function positionsNow(folder: string): Promise<Positions> {
  const positions: Positions = new Map()
  for (const { path, end, fileBytes } of await segmentsOf(folder)) {
    positions.set(path, await endOfLines(path, Math.min(end, fileBytes)).catch(unlessGone))
  }
  return positions
}

/**
 * Returns the records after these positions, by time, and updates the positions. A batch is small: it arrived during
 * one pause.
 */
export async function readNew(folder: string, positions: Positions): Promise<AuditRecord[]> {
  const records: AuditRecord[] = []
  for (const segment of await segmentsOf(folder)) records.push(...(await newIn(segment, positions)))
  return records.toSorted((a, b) => a.timeMs - b.timeMs)
}

async function newIn({ path, end }: Segment, positions: Positions): Promise<AuditRecord[]> {
  const records: AuditRecord[] = []
  for await (const lines of readLinesIfThere(path, end, positions.get(path) ?? 0)) {
    for (const { bytes, offset } of lines.filter(({ complete }) => complete)) {
      positions.set(path, offset + bytes.byteLength + 1)
      records.push(...[readRecord(bytes)].filter((record) => record !== undefined))
    }
  }
  return records
}

async function segmentsOf(folder: string): Promise<Segment[]> {
  return (await layoutsOf(folder)).flatMap(({ segments }) => segments)
}

/** A running writer can drop a segment meanwhile. There is then nothing to read. */
function unlessGone(error: unknown): number {
  if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0
  throw error
}

/** The position after the last newline before `end`: the writer can be in the middle of a line. */
async function endOfLines(path: string, end: number): Promise<number> {
  await using file = await open(path, 'r')
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES)
  for (let stop = end; stop > 0; stop -= CHUNK_BYTES) {
    const start = Math.max(0, stop - CHUNK_BYTES)
    const { bytesRead } = await file.read(chunk, 0, stop - start, start)
    const newline = chunk.subarray(0, bytesRead).lastIndexOf(NEWLINE)
    if (newline >= 0) return start + newline + 1
  }
  return 0
}
