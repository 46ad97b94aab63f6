import { readFile } from 'node:fs/promises'
import type { Layout, Segment } from './layout.ts'
import type { Cut, Position } from './lines.ts'
import type { Sha256 } from './ports.ts'
import type { AuditProblem } from './report.ts'

/**
 * Compares the length of an ended stream's files with its recorded end. If they are shorter, bytes were removed; if
 * they are longer, bytes were added, unless these are exactly the ones that its successor announced to cut before it
 * died.
 */
export async function checkTail(
  { stream, segments, torn }: Layout,
  final: Position,
  cuts: readonly Cut[],
  sha256: Sha256,
): Promise<AuditProblem[]> {
  const problems: AuditProblem[] = []
  const last = segments.find((segment) => segment.number === final.segment)
  if (last !== undefined && last.fileBytes < final.bytes) {
    const message = 'bytes are missing at the end of the stream'
    problems.push({ kind: 'truncated', stream, segment: last.number, offset: last.fileBytes, message })
  }
  const tails = last === undefined ? [] : [{ segment: last, from: final.bytes }]
  for (const segment of torn) tails.push({ segment, from: 0 })
  for (const { segment, from } of tails) {
    if (segment.fileBytes <= from || (await isCut(segment, from, cuts, sha256))) continue
    const message = 'bytes follow the end of the stream'
    problems.push({ kind: 'unknown', stream, segment: segment.number, offset: from, message })
  }
  return problems
}

async function isCut(segment: Segment, from: number, cuts: readonly Cut[], sha256: Sha256): Promise<boolean> {
  const cut = cuts.find(({ segment: number, offset }) => number === segment.number && offset === from)
  if (cut === undefined || cut.bytes !== segment.fileBytes - from) return false
  return sha256((await readFile(segment.path)).subarray(from)) === cut.sha256
}
