import type { Journal } from '../vault/storage/journal.ts'
import type { HeadRows } from './head-rows.ts'
import type { KeptHeads, TreeHead } from './kept-heads.ts'
import { readPins } from './pins.ts'
import { listStreams } from './layout.ts'
import { examine, type ExamineOptions } from './predecessors.ts'

/** The heads of a data folder, and why they cannot be relied on: one message per damaged stream. */
export interface CurrentHeads {
  heads: KeptHeads
  damage: { stream: string; message: string }[]
}

/**
 * Reads the newest signed head of each stream that no genesis names, which vouch for all others, and the sequence of
 * the newest change. Reads the last segment of each stream; a writer can be running. Changes nothing.
 */
export async function readCurrentHeads(
  rows: HeadRows,
  store: Journal,
  nowMs: number,
  options: ExamineOptions,
): Promise<CurrentHeads> {
  // The database first: the files can grow after that, but must contain everything that it knows.
  const sequence = (await store.ledger())?.sequence ?? 0
  const known = new Map((await Array.fromAsync(rows.all())).map((row) => [row.stream, row]))
  const { streams } = await listStreams(options.folder)
  const { pins } = await readPins(options.folder, streams)
  const heads = new Map<string, TreeHead>()
  const damage: CurrentHeads['damage'] = []
  for (const stream of new Set([...streams, ...known.keys()])) {
    if (pins.has(stream)) continue
    const { predecessor } = await examine(stream, known.get(stream), options)
    if (predecessor.damage !== undefined) damage.push({ stream, message: predecessor.damage })
    const { size, root } = predecessor.end
    // A stream of size 0 is announced but not begun.
    if (size > 0) heads.set(stream, { size, root })
  }
  return { heads: { sequence, timeMs: nowMs, streams: heads }, damage }
}
