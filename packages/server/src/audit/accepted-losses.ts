import type { AuditRecord } from './record.ts'
import type { AuditProblem, ChangeRange } from './report.ts'

/** Losses that an operator accepted, as the record of it lists them. */
export interface AcceptedLosses {
  /** Changes without a record. */
  changes: readonly ChangeRange[]
  /** Streams whose end is lost, identified by the message that reports it and by the remaining bytes. */
  streams: readonly StreamLoss[]
}

/** A stream whose end is lost. */
export interface StreamLoss extends Pick<AuditProblem, 'stream' | 'kind' | 'message' | 'tail'> {}

/** The operation of such a record. */
export const ACCEPT_AUDIT_LOSS = 'AcceptAuditLoss'

/** The operation of the record of a database that was put back. It accepts changes without a record as well. */
export const ACCEPT_ROLLBACK = 'AcceptRollback'

/**
 * The maximum number of changes and of streams in one record. Further losses stay problems until the operator accepts
 * them too.
 */
const MAX_LOSSES = 20

/** Returns the problems that can be accepted together. */
export function losses(problems: readonly AuditProblem[]): AcceptedLosses {
  const acceptable = problems.filter(({ mayBeLoss }) => mayBeLoss === true)
  const changes = acceptable.flatMap((problem) => problem.changes ?? [])
  const streams = acceptable.flatMap(({ changes: range, stream, kind, message, tail }) =>
    range === undefined && tail !== undefined ? [{ stream, kind, message, tail }] : [],
  )
  return { changes: changes.slice(0, MAX_LOSSES), streams: streams.slice(0, MAX_LOSSES) }
}

/**
 * Returns what a record accepts. Only records of an operator, who had the root of trust, count: no request makes a
 * record with `operator`.
 */
export function acceptedBy({ operation, operator, sequence, request }: AuditRecord): AcceptedLosses | undefined {
  const isAcceptance = operation === ACCEPT_AUDIT_LOSS || operation === ACCEPT_ROLLBACK
  if (!isAcceptance || operator === undefined || sequence === undefined) return undefined
  const { changes = [], streams = [] } = request as unknown as Partial<AcceptedLosses>
  // A change that is not made yet cannot be lost.
  return { changes: changes.filter(({ last }) => last < sequence), streams }
}

/** Identifies the loss of one stream. Another loss of the same stream has another id. */
export function lossId({ stream, kind, message, tail }: StreamLoss): string {
  return JSON.stringify([stream, kind, message, tail])
}
