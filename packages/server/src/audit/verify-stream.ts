import type { HeadRow } from './head-rows.ts'
import type { TreeHead } from './kept-heads.ts'
import { beginningOf, type Layout, type Segment } from './layout.ts'
import type { Position, Predecessor, SegmentOpening } from './lines.ts'
import type { MerkleTree } from './merkle.ts'
import type { Sha256, VerifySignature } from './ports.ts'
import type { AuditProblem, ProblemKind, StreamReport } from './report.ts'
import { checkTail } from './verify-tail.ts'
import { type SegmentWalk, type SequencedRecord, treeBefore, type VisitedLine, walkSegment } from './walk-segment.ts'

/** What {@link verifyStream} needs. */
export interface StreamCheckOptions {
  sha256: Sha256
  verify: VerifySignature
  /** The trusted key in base64, as in geneses. */
  publicKey: string
  /** Takes the records of changes. */
  visit?: (record: SequencedRecord) => void
}

/** The maximum number of `unverified` lines in the report of each stream. */
const MAX_UNVERIFIED = 20

/** Independent statements about a stream. */
export interface Witnesses {
  /** The row in the database. */
  row?: HeadRow
  /** What the geneses of later streams state. */
  pins: readonly Predecessor[]
  /** The head that the operator kept elsewhere. */
  kept?: TreeHead
}

/** Where the stream finally ends, if that is known: its last segment, and how many bytes of it count. */
export function finalPosition({ row, pins }: Witnesses): Position | undefined {
  if (pins.length > 0) return pins.find((pin) => pin.damage === undefined)?.end
  return row?.head?.ended === true ? row.head : undefined
}

/** Recomputes a stream from its files and compares it with every signed head and every witness. */
export async function verifyStream(
  layout: Layout,
  witnesses: Witnesses,
  options: StreamCheckOptions,
): Promise<{ report: StreamReport; problems: AuditProblem[]; end: Position }> {
  const check = new StreamCheck(layout, witnesses, options)
  await check.run()
  return { report: check.report, problems: check.problems, end: check.end }
}

class StreamCheck {
  readonly report: StreamReport
  readonly problems: AuditProblem[] = []
  readonly #layout: Layout
  readonly #witnesses: Witnesses
  readonly #options: StreamCheckOptions
  readonly #rootAt = new Map<number, string | undefined>()
  /** The number of lines before the first existing segment. */
  #firstSize = 0
  /** The last valid head. */
  end: Position
  #unverified = 0

  constructor(layout: Layout, witnesses: Witnesses, options: StreamCheckOptions) {
    this.#layout = layout
    this.#witnesses = witnesses
    this.#options = options
    this.end = { segment: 0, bytes: 0, size: 0, root: options.sha256('') }
    const last = layout.segments.at(-1)
    this.report = {
      stream: layout.stream,
      kind: beginningOf(layout)?.kind ?? 'unknown',
      records: 0,
      unvouched: 0,
      tornBytes: 0,
      ended: finalPosition(witnesses) !== undefined,
      droppedThrough: last?.opening?.droppedThrough ?? 0,
    }
    for (const { size } of this.#expectations()) this.#rootAt.set(size, undefined)
  }

  async run(): Promise<void> {
    this.#checkBeginning()
    if (await this.#walk()) this.#checkWitnesses()
    const final = finalPosition(this.#witnesses)
    if (final !== undefined) await this.#checkEnd(final)
  }

  async #checkEnd(final: Position): Promise<void> {
    const cuts = this.#witnesses.pins.flatMap((pin) => pin.cuts)
    this.problems.push(...(await checkTail(this.#layout, final, cuts, this.#options.sha256)))
    // All lines can be present and only the last head be damaged.
    if (this.problems.length > 0 || samePosition(this.end, final)) return
    this.#problem('changed', 'the head that ends the stream is gone or changed', { segment: final.segment })
  }

  #checkBeginning(): void {
    const { segments, missing, strangers } = this.#layout
    const [first] = segments
    for (const name of strangers) this.#problem('unknown', `${name} is not a file of a stream`)
    if (missing !== undefined) this.#problem('missing', `segment ${missing} is missing`, { segment: missing })
    const { genesis, opening } = first ?? {}
    if (genesis !== undefined && genesis.publicKey !== this.#options.publicKey) {
      this.#problem('unknown', 'the stream is signed by another key', { segment: 1 })
    }
    const dropped = opening !== undefined && missing === undefined
    // Only the stream that unauthenticated clients can fill may be dropped.
    if (dropped && opening.kind !== 'unauthenticated') this.#problem('missing', 'the first segments are missing')
  }

  /** Reads all segments. Returns false if it had to stop at a contradiction. */
  async #walk(): Promise<boolean> {
    let tree: MerkleTree | undefined
    for (const segment of this.#layout.segments) {
      tree = tree === undefined ? this.#firstTree(segment) : this.#continues(segment, tree)
      if (tree === undefined) return false
      const walk = await walkSegment(segment, tree, {
        ...this.#options,
        stream: this.#layout.stream,
        rootAt: this.#rootAt,
        visit: (line, offset) => this.#visit(segment, line, offset),
      })
      if (!this.#absorb(segment, walk)) return false
    }
    return true
  }

  #visit({ number }: Segment, line: VisitedLine, offset: number): void {
    if ('change' in line) return this.#options.visit?.(line.change)
    this.#unverified += 1
    if (this.#unverified > MAX_UNVERIFIED) return
    const { eventId, reason, sequence, bytes, sha256 } = line.unverified
    const entry = `event ${eventId}, number ${sequence}, ${bytes} bytes with SHA-256 ${sha256}`
    this.#problem('database', `an entry of the outbox was ${reason}: ${entry}`, { segment: number, offset })
  }

  #firstTree(segment: Segment): MerkleTree | undefined {
    const tree = treeBefore(segment, this.#options.sha256)
    if (tree === undefined) this.#contradicts(segment, 0, 'the opening of the segment contradicts itself')
    this.#firstSize = tree?.size ?? 0
    return tree
  }

  #continues(segment: Segment, tree: MerkleTree): MerkleTree | undefined {
    const { previous, peaks } = segment.opening ?? { previous: undefined, peaks: [] }
    const agrees =
      samePosition(previous, this.end) && peaks.join() === tree.peaks.join() && this.#isOfThisStream(segment.opening)
    if (!agrees) this.#contradicts(segment, 0, 'the segment does not continue the one before')
    this.#checkLength(segment)
    return agrees ? tree : undefined
  }

  /** Whether an opening agrees with the beginning of the stream. */
  #isOfThisStream(opening: SegmentOpening | undefined): boolean {
    const beginning = beginningOf(this.#layout)
    return opening?.kind === beginning?.kind && opening?.durability === beginning?.durability
  }

  /** Only an abandoned segment can be longer than the part of it that counts. */
  #checkLength({ opening }: Segment): void {
    if (opening?.reason !== 'full') return
    const { segment: number, bytes } = opening.previous
    const before = this.#layout.segments.find((segment) => segment.number === number)
    if (before === undefined || before.fileBytes <= bytes) return
    this.#problem('unknown', 'bytes follow the end of the segment', { segment: number, offset: bytes })
  }

  #absorb(segment: Segment, walk: SegmentWalk): boolean {
    this.report.records += walk.records
    this.report.unvouched += walk.unvouchedRecords
    this.report.tornBytes += walk.tornBytes
    this.report.ended ||= walk.ended
    if (walk.end !== undefined) this.end = { segment: segment.number, ...walk.end }
    if (walk.malformed !== undefined) {
      const { offset, reason: message } = walk.malformed
      this.problems.push({ kind: 'malformed', stream: this.#layout.stream, segment: segment.number, offset, message })
    }
    if (walk.contradiction === undefined) return true
    this.#contradicts(segment, walk.contradiction.offset, walk.contradiction.reason)
    return false
  }

  #checkWitnesses(): void {
    for (const { size, root, witness } of this.#expectations()) {
      if (size <= this.#firstSize) continue
      const found = this.#rootAt.get(size)
      const lost = size - this.end.size
      if (found === undefined) this.#problem('truncated', `${lost} lines that ${witness} covers are missing`)
      else if (found !== root) this.#problem('changed', `lines are not those that ${witness} covers`)
    }
  }

  *#expectations(): Generator<{ size: number; root: string; witness: string }> {
    const { row, pins, kept } = this.#witnesses
    if (row?.head !== undefined) yield { ...row.head, witness: 'the database' }
    if (kept !== undefined) yield { ...kept, witness: 'the head that you kept' }
    for (const pin of pins) yield { ...pin.end, witness: 'a later stream' }
  }

  #contradicts(segment: Segment, offset: number, message: string): void {
    this.#problem('changed', message, { segment: segment.number, offset })
  }

  #problem(kind: ProblemKind, message: string, where: { segment?: number; offset?: number } = {}): void {
    this.problems.push({ kind, stream: this.#layout.stream, ...where, message })
  }
}

function samePosition(a: Position | undefined, b: Position): boolean {
  return a?.segment === b.segment && a.bytes === b.bytes && a.size === b.size && a.root === b.root
}
