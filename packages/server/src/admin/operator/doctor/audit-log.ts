import type { AuditProblem } from '../../../audit/report.ts'
import type { Check, Finding } from './check.ts'

const NAME = 'audit-log'
const MOST_PROBLEMS = 20

/** What `keyhold audit verify` finds in the audit log, which reads all of it. */
export const auditLog: Check = {
  name: NAME,

  async *findings({ verifyAudit }) {
    const problems = (await verifyAudit?.())?.problems ?? []
    // What the database contradicts is a check of its own.
    yield* problems.slice(0, MOST_PROBLEMS).map(findingOf)
    const more = problems.length - MOST_PROBLEMS
    if (more > 0) yield finding(`There are ${more} further problems of the audit log.`, {})
  },
}

function findingOf({ kind, stream, segment, message, mayBeLoss }: AuditProblem): Finding {
  const facts = {
    kind,
    stream,
    ...(segment !== undefined && { segment: String(segment) }),
    ...(mayBeLoss && { mayBeLoss: 'a power failure can have done this' }),
  }
  return finding(`The audit log is not what was signed: ${message}`, facts)
}

function finding(message: string, facts: Record<string, string>): Finding {
  const remedy =
    'Compare it with your copies by `keyhold audit verify --since`, or accept what a power failure lost with `keyhold operator accept-audit-loss`.'
  return { check: NAME, weight: 'wrong', message, remedy, facts }
}
