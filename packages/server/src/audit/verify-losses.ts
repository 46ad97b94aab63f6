import { readFile } from 'node:fs/promises'
import { lossId } from './accepted-losses.ts'
import { beginningOf, type Layout } from './layout.ts'
import type { Position } from './lines.ts'
import type { Sha256 } from './ports.ts'
import type { AuditProblem, AuditReport } from './report.ts'
import type { SequencedRecord } from './walk-segment.ts'

/** The maximum number of accepted losses of streams. Further ones stay problems. */
const MAX_ACCEPTED = 1000
/** The maximum size of what follows the last head of a stream whose loss can be accepted: one segment. */
const MAX_TAIL_BYTES = 64 * 1024 * 1024

/** The end of a damaged stream. */
interface End {
  position: Position
  tail: string
}

/**
 * Determines which problems a power failure can have caused: at the level `write`, records and the ends of streams can
 * be lost whose number or length the database has. A loss that an operator accepted is not a problem, as long as it is
 * exactly what was accepted.
 */
export class LossCheck {
  readonly #accepted = new Set<string>()
  readonly #ends = new Map<string, End>()
  #anyAtWrite = false

  /** Takes a record that a signed head covers. */
  visit({ accepted }: SequencedRecord): void {
    for (const loss of accepted?.streams ?? []) {
      if (this.#accepted.size < MAX_ACCEPTED) this.#accepted.add(lossId(loss))
    }
  }

  /** Takes a stream that was read. If it is damaged, `position` is the last one that a head covers. */
  async visitStream(layout: Layout, position: Position | undefined, sha256: Sha256): Promise<void> {
    if (beginningOf(layout)?.durability !== 'write') return
    this.#anyAtWrite = true
    const tail = position && (await tailAfter(position, layout, sha256))
    if (position !== undefined && tail !== undefined) this.#ends.set(layout.stream, { position, tail })
  }

  /** Returns the report with accepted losses separated, and acceptable ones marked. */
  applied(report: AuditReport): AuditReport {
    const marked = report.problems.map((problem) => this.#marked(problem))
    const isAccepted = (problem: AuditProblem): boolean =>
      problem.tail !== undefined && this.#accepted.has(lossId(problem))
    return {
      ...report,
      problems: marked.filter((problem) => !isAccepted(problem)),
      accepted: [...report.accepted, ...marked.filter(isAccepted)],
    }
  }

  #marked(problem: AuditProblem): AuditProblem {
    // Which stream would have received the record of a change is not known.
    if (problem.changes !== undefined) return this.#anyAtWrite ? { ...problem, mayBeLoss: true } : problem
    const end = this.#ends.get(problem.stream)
    return end !== undefined && isLoss(problem, end) ? { ...problem, mayBeLoss: true, tail: end.tail } : problem
  }
}

/**
 * Lines are missing at the end, or differ from what was signed after the last valid head: some pages were written and
 * some were not.
 */
function isLoss({ kind, segment, offset = 0 }: AuditProblem, { position }: End): boolean {
  if (kind === 'changed') return segment === position.segment && offset >= position.bytes
  return kind === 'truncated' || kind === 'damaged'
}

/** Identifies all bytes that no head covers. Changing them makes a different loss, which was not accepted. */
async function tailAfter(
  { segment: number, bytes }: Position,
  { segments, torn }: Layout,
  sha256: Sha256,
): Promise<string | undefined> {
  const files = [...segments, ...torn].filter((segment) => segment.number >= number)
  if (files.reduce((sum, { fileBytes }) => sum + fileBytes, -bytes) > MAX_TAIL_BYTES) return undefined
  const hashes: string[] = []
  for (const file of files) {
    hashes.push(sha256((await readFile(file.path)).subarray(file.number === number ? bytes : 0)))
  }
  return `after byte ${bytes} of segment ${number}: ${sha256(hashes.join())}`
}
