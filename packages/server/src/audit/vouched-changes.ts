import { layoutOf, listStreams, type Segment } from './layout.ts'
import type { AuditCrypto } from './ports.ts'
import type { AuditRecord } from './record.ts'
import { treeBefore, type VisitedLine, walkSegment } from './walk-segment.ts'

/** What {@link vouchedChanges} reads. */
export interface ChangesWanted {
  /** Folders with streams of one data folder. A stream may be in several. */
  folders: readonly string[]
  /** The numbers of the first and the last change. */
  first: number
  last: number
  publicKey: Uint8Array
  crypto: AuditCrypto
}

/** How many records are in memory at once. */
const WINDOW = 10_000

/**
 * Yields the records of these changes in the order in which they were committed, or the number of a change that has none. Only
 * records that a signed head covers count. Reads all streams, once for each 10,000 changes.
 */
export async function* vouchedChanges(wanted: ChangesWanted): AsyncGenerator<AuditRecord | number> {
  for (let first = wanted.first; first <= wanted.last; first += WINDOW) {
    const last = Math.min(first + WINDOW - 1, wanted.last)
    const records = await recordsBetween(first, last, wanted)
    for (let sequence = first; sequence <= last; sequence++) yield records.get(sequence) ?? sequence
  }
}

async function recordsBetween(
  first: number,
  last: number,
  { folders, ...by }: ChangesWanted,
): Promise<ReadonlyMap<number, AuditRecord>> {
  const records = new Map<number, AuditRecord>()
  const visit = (record: AuditRecord, sequence: number): void => {
    if (sequence >= first && sequence <= last && !records.has(sequence)) records.set(sequence, record)
  }
  for (const folder of folders) {
    for (const stream of (await listStreams(folder)).streams) {
      await visitVouched((await layoutOf(folder, stream)).segments, stream, by, visit)
    }
  }
  return records
}

/**
 * Calls `visit` for each record of a change in these successive segments of a stream, as far as signed heads cover them: up to the
 * first line that contradicts those before it.
 */
export async function visitVouched(
  segments: readonly Segment[],
  stream: string,
  { publicKey, crypto: { sha256, verifier } }: Pick<ChangesWanted, 'publicKey' | 'crypto'>,
  visit: (record: AuditRecord, sequence: number) => void,
): Promise<void> {
  const verify = verifier(publicKey)
  const visitLine = (line: VisitedLine): void => {
    if ('change' in line) visit(line.record, line.change.sequence)
  }
  for (const segment of segments) {
    const tree = treeBefore(segment, sha256)
    if (tree === undefined) return
    const { contradiction } = await walkSegment(segment, tree, { sha256, verify, stream, visit: visitLine })
    if (contradiction !== undefined) return
  }
}
