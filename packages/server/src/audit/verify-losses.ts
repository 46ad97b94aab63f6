import { readFile } from 'node:fs/promises'
import { lossId } from './accepted-losses.ts'
import { beginningOf, type Layout } from './layout.ts'
import type { Position } from './lines.ts'
import type { Sha256 } from './ports.ts'
import type { AuditProblem, AuditReport } from './report.ts'
import type { SequencedRecord } from './walk-segment.ts'

/** Losses of streams that operators accepted; what is beyond stays a problem. */
const MAX_ACCEPTED = 1000
/** The most that may follow the last head of a stream whose loss can be accepted: as much as a segment has. */
const MAX_TAIL_BYTES = 64 * 1024 * 1024

/** The end of a stream that is not sound. */
interface End {
  position: Position
  tail: string
}

/**
 * Which problems a power cut can have made: at the level `write`, records and the ends of streams are gone whose number or
 * length the database has. What operators accepted of that is no problem, as long as it is exactly what they accepted.
 */
export class LossCheck {
  readonly #accepted = new Set<string>()
  readonly #ends = new Map<string, End>()
  #anyAtWrite = false

  /** Takes a record that a signed head vouches for. */
  visit({ accepted }: SequencedRecord): void {
    for (const loss of accepted?.streams ?? []) {
      if (this.#accepted.size < MAX_ACCEPTED) this.#accepted.add(lossId(loss))
    }
  }

  /** Takes a stream that was read; if it is not sound, with the last position that a head vouches for. */
  async visitStream(layout: Layout, position: Position | undefined, sha256: Sha256): Promise<void> {
    if (beginningOf(layout)?.durability !== 'write') return
    this.#anyAtWrite = true
    const tail = position && (await tailAfter(position, layout, sha256))
    if (position !== undefined && tail !== undefined) this.#ends.set(layout.stream, { position, tail })
  }

  /** The report, with what was accepted set apart, and what may be accepted marked. */
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
    // Which stream a change was to be recorded in, nobody knows any more.
    if (problem.changes !== undefined) return this.#anyAtWrite ? { ...problem, mayBeLoss: true } : problem
    const end = this.#ends.get(problem.stream)
    return end !== undefined && isLoss(problem, end) ? { ...problem, mayBeLoss: true, tail: end.tail } : problem
  }
}

/** Gone from the end, or not what was signed after the last head that holds: of pages that were not written, some were. */
function isLoss({ kind, segment, offset = 0 }: AuditProblem, { position }: End): boolean {
  if (kind === 'changed') return segment === position.segment && offset >= position.bytes
  return kind === 'truncated' || kind === 'damaged'
}

/** All that nobody vouches for. Whoever changes it makes another loss of it, which was not accepted. */
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
