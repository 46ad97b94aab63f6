import type { AuditRecord } from './record.ts'
import type { AuditProblem, ChangeRange } from './report.ts'

/** What an operator accepted as lost, and its record says. */
export interface AcceptedLosses {
  /** Changes that have no record. */
  changes: readonly ChangeRange[]
  /** Streams whose end is gone: by the words in which that is reported, and by the bytes that are left. */
  streams: readonly StreamLoss[]
}

export interface StreamLoss extends Pick<AuditProblem, 'stream' | 'kind' | 'message' | 'tail'> {}

/** The operation of the record. */
export const ACCEPT_AUDIT_LOSS = 'AcceptAuditLoss'

/** Of either sort, what one record names: more stays a problem, until the operator accepts that, too. */
const MAX_LOSSES = 20

/** Of the problems, those that can be accepted together. */
export function losses(problems: readonly AuditProblem[]): AcceptedLosses {
  const acceptable = problems.filter(({ mayBeLoss }) => mayBeLoss === true)
  const changes = acceptable.flatMap((problem) => problem.changes ?? [])
  const streams = acceptable.flatMap(({ changes: range, stream, kind, message, tail }) =>
    range === undefined && tail !== undefined ? [{ stream, kind, message, tail }] : [],
  )
  return { changes: changes.slice(0, MAX_LOSSES), streams: streams.slice(0, MAX_LOSSES) }
}

/** What a record accepts: one of an operator, who had the root of trust. No request makes a record with `operator`. */
export function acceptedBy({ operation, operator, sequence, request }: AuditRecord): AcceptedLosses | undefined {
  if (operation !== ACCEPT_AUDIT_LOSS || operator === undefined || sequence === undefined) return undefined
  const { changes, streams } = request as unknown as AcceptedLosses
  // A change that is not yet made cannot be lost.
  return { changes: changes.filter(({ last }) => last < sequence), streams }
}

/** One stream's loss as a text: another loss of the stream has another. */
export function lossId({ stream, kind, message, tail }: StreamLoss): string {
  return JSON.stringify([stream, kind, message, tail])
}
