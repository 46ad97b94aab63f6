import { acceptedBy, type AcceptedLosses } from './accepted-losses.ts'
import { type Head, openHead } from './head.ts'
import type { AuditRecord } from './record.ts'
import type { Segment } from './layout.ts'
import type { UnverifiedLine } from './lines.ts'
import { leafHashOfBytes, MerkleTree } from './merkle.ts'
import { type ExaminedLine, examineLine, kindOf, textOf } from './parse-line.ts'
import type { Sha256, VerifySignature } from './ports.ts'
import { type Line, LineTooLongError, readLines } from './read-lines.ts'

/** The result of reading one segment. */
export interface SegmentWalk {
  /** The last valid head: where its line ends in bytes, and its content. */
  end?: { bytes: number; size: number; root: string }
  /** Records that `end` covers. */
  records: number
  /** Lines after `end`, without heads. */
  unvouchedLines: number
  /** Records among them. */
  unvouchedRecords: number
  /** Bytes of a last line without a newline. */
  tornBytes: number
  /** The first line that contradicts those before it. Nothing after it is checked. */
  contradiction?: { offset: number; reason: string }
  /** The first line that `end` covers and the format forbids: an attacker got the writer to sign it. */
  malformed?: { offset: number; reason: string }
  /** Lines in the format of heads, from the contradiction on. One torn batch leaves at most one. */
  strayHeads: number
  /** The writer marked the end of the stream, and a head covers it. */
  ended: boolean
}

/** What {@link WalkOptions.visit} receives. */
export type VisitedLine = { change: SequencedRecord; record: AuditRecord } | { unverified: UnverifiedLine }

/** A record of a change. */
export interface SequencedRecord {
  sequence: number
  eventId: string
  /** What it accepts as lost, if it is the record of an acceptance. */
  accepted?: AcceptedLosses
}

/** How to read a segment. */
export interface WalkOptions {
  stream: string
  sha256: Sha256
  verify: VerifySignature
  /** Sizes at which to store the tree's root in `rootAt`. */
  rootAt?: Map<number, string | undefined>
  /**
   * Receives each record of a change and each `unverified` line, once a head covers it. With it the format of each line
   * is checked, which takes longer than everything else; `malformed` then has the result.
   */
  visit?: (line: VisitedLine, offset: number) => void
}

/**
 * The tree before a segment's first line, as its opening states it, or `undefined` if the opening contradicts itself.
 */
export function treeBefore(segment: Segment, sha256: Sha256): MerkleTree | undefined {
  if (segment.opening === undefined) return new MerkleTree(sha256)
  const { previous, peaks } = segment.opening
  try {
    const tree = new MerkleTree(sha256, previous.size, peaks)
    return tree.root() === previous.root ? tree : undefined
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

/** Reads a segment in constant memory, appends its leaves to `tree`, and checks each head against it. */
export async function walkSegment(segment: Segment, tree: MerkleTree, options: WalkOptions): Promise<SegmentWalk> {
  const walker = new Walker(tree, options)
  try {
    for await (const lines of readLines(segment.path, segment.end)) for (const line of lines) walker.take(line)
  } catch (error) {
    if (!(error instanceof LineTooLongError)) throw error
    walker.contradict(error.offset, 'a line is longer than any writer writes')
  }
  return walker.result
}

class Walker {
  readonly result: SegmentWalk = {
    records: 0,
    unvouchedLines: 0,
    unvouchedRecords: 0,
    tornBytes: 0,
    strayHeads: 0,
    ended: false,
  }
  readonly #tree: MerkleTree
  readonly #options: WalkOptions
  #endSeen = false
  /** Like `malformed`, for lines that no head covers yet. */
  #malformed: SegmentWalk['malformed']
  /** To visit once a head covers them. At most one batch, because a head must count all lines before it. */
  #examined: { line: VisitedLine; offset: number }[] = []

  constructor(tree: MerkleTree, options: WalkOptions) {
    this.#tree = tree
    this.#options = options
  }

  take(line: Line): void {
    if (!line.complete) this.result.tornBytes = line.bytes.byteLength
    else if (kindOf(line.bytes) === 'head') this.#head(line)
    else this.#leaf(line)
  }

  #leaf({ bytes, offset }: Line): void {
    const kind = kindOf(bytes)
    this.result.unvouchedLines += 1
    if (kind === 'record' || kind === 'unauthenticated') this.result.unvouchedRecords += 1
    if (this.result.contradiction !== undefined) return
    if (this.#endSeen) return this.contradict(offset, 'a line follows the end of the stream')
    this.#checkForm(bytes, offset)
    const { sha256, rootAt } = this.#options
    this.#tree.addLeaf(leafHashOfBytes(sha256, bytes))
    if (rootAt?.has(this.#tree.size) === true) rootAt.set(this.#tree.size, this.#tree.root())
    this.#endSeen = kind === 'end'
  }

  #checkForm(bytes: Uint8Array, offset: number): void {
    if (this.#options.visit === undefined) return
    const line = examineLine(bytes, offset === 0)
    if (typeof line === 'string') {
      this.#malformed ??= { offset, reason: line }
      return
    }
    const visited = visitedOf(line)
    if (visited !== undefined) this.#examined.push({ line: visited, offset })
  }

  #head({ bytes, offset }: Line): void {
    if (this.result.contradiction !== undefined) {
      this.result.strayHeads += 1
      return
    }
    const head = openHead(this.#options.verify, this.#options.stream, textOf(bytes))
    const reason = this.#objection(head)
    if (reason === undefined) return this.#vouch(offset + bytes.byteLength + 1)
    this.contradict(offset, reason)
    this.result.strayHeads += 1
  }

  #objection(head: Head | undefined): string | undefined {
    if (head === undefined) return 'a head is malformed or its signature is not valid'
    if (this.result.unvouchedLines === 0) return 'a head follows a head'
    if (head.size !== this.#tree.size) return `a head counts ${head.size} lines, but there are ${this.#tree.size}`
    return head.root === this.#tree.root() ? undefined : 'lines differ from those that the next head was signed for'
  }

  #vouch(bytes: number): void {
    const { result } = this
    result.end = { bytes, size: this.#tree.size, root: this.#tree.root() }
    result.records += result.unvouchedRecords
    result.unvouchedLines = 0
    result.unvouchedRecords = 0
    result.ended = this.#endSeen
    if (this.#malformed !== undefined) result.malformed ??= this.#malformed
    for (const { line, offset } of this.#examined) this.#options.visit?.(line, offset)
    this.#examined = []
  }

  contradict(offset: number, reason: string): void {
    this.result.contradiction ??= { offset, reason }
  }
}

function visitedOf({ kind, body }: ExaminedLine): VisitedLine | undefined {
  if (kind === 'unverified') return { unverified: body as UnverifiedLine }
  if (kind !== 'record') return undefined
  const record = body as AuditRecord
  const { sequence, eventId } = record
  if (sequence === undefined) return undefined
  const accepted = acceptedBy(record)
  return { change: { sequence, eventId, ...(accepted && { accepted }) }, record }
}
