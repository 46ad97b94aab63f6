import type { AuditRecord, CutText } from '../../audit/record.ts'
import type { AccessRequest } from '../../domain/policy/access.ts'
import { explain } from '../../domain/policy/explain/explain.ts'
import type { Explanation } from '../../domain/policy/explain/explanation.ts'
import { reasonSentence } from '../../domain/policy/reasons.ts'
import type { Decided } from '../../execution/authorizer/decided.ts'
import type { AccessContext } from './access-context.ts'
import { cutInputs, decideAgain, decisiveOf } from './decide-again.ts'
import { findRecord } from './find-record.ts'
import { type Proposal, proposeCalls } from './propose-calls.ts'
import type { ProposedCall } from './proposed-call.ts'

/** Why a request was decided as it was, and how the current policies would decide it. For operators only. */
export interface AccessReport {
  requestId: string
  eventId: string
  time: string
  operation: string
  region: string
  /** The ARN of the caller. */
  principal: string
  /** The caller's current ARN, if it changed. */
  renamed?: string
  sourceIp: string
  /** The error of the request, if it failed. Not always a missing permission. */
  error?: { code: string; message?: string }
  /** The decision at that time. Absent for a request that failed before any decision. */
  decided?: { allowed: boolean; reason: string; sentence: string; action?: string; resource?: string; basis?: unknown }
  /** The decision by the current policies, grants and tags. */
  now?: Explanation
  /**
   * Other parts of the request that are denied now: ReEncrypt needs permissions on two keys, CreateKey with tags needs
   * two actions.
   */
  alsoDenied?: Explanation[]
  /** The caller was deleted since then, so the request cannot be explained. */
  callerGone?: true
  /**
   * The requested id. That request was refused like earlier ones and only counted; the report describes the first of
   * them.
   */
  countedAs?: string
  /**
   * Members that are missing in the record because they were too large. Without them the request cannot be decided
   * again.
   */
  cut?: readonly CutText[]
  /** The calls by which an administrator can allow the request. */
  calls: ProposedCall[]
}

/** Explains the request of this id. Throws {@link AccessError} if the audit log does not contain it. */
export async function explainRequest(requestId: string, context: AccessContext): Promise<AccessReport> {
  await context.services.directory.catchUp()
  const record = await findRecord(context.auditFolder, requestId)
  const report = { ...recordedPart(record), ...(record.requestId !== requestId && { countedAs: requestId }) }
  if (record.decision === undefined) return report
  const missing = cutInputs(record)
  if (missing.length > 0) return { ...report, cut: missing }
  const again = await decideAgain(record, context.services)
  if (again === 'caller-gone') return { ...report, callerGone: true }
  const decisive = decisiveOf(again, record)
  if (decisive === undefined) return report
  const others = again.filter((one) => one !== decisive && !one.decision.allowed)
  return explained(report, decisive, others, context)
}

async function explained(
  report: AccessReport,
  { request, facts }: Decided,
  others: readonly Decided[],
  { services }: AccessContext,
): Promise<AccessReport> {
  const now = explain(request)
  const alsoDenied = others.map((other) => explain(other.request))
  const proposals = proposalsOf([now, ...alsoDenied], [request, ...others.map((other) => other.request)])
  const sessionPolicies = facts.session?.policies ?? []
  const { arn } = facts.principal
  const renamed = arn === report.principal ? {} : { renamed: arn }
  return {
    ...report,
    ...renamed,
    now,
    ...(alsoDenied.length > 0 && { alsoDenied }),
    calls: await proposeCalls(proposals, { services, sessionPolicies }),
  }
}

/** Returns no proposals if one part of the request cannot be allowed, because allowing the others would not help. */
function proposalsOf(explanations: readonly Explanation[], requests: readonly AccessRequest[]): Proposal[] {
  const proposals = requests.flatMap((request, index) => {
    const edits = explanations[index]?.change
    return edits === undefined ? [] : [{ edits, request }]
  })
  return proposals.length === requests.length ? proposals : []
}

function recordedPart(record: AuditRecord): AccessReport {
  const { requestId, eventId, timeMs, operation, region, service, caller, sourceIp, error, decision } = record
  return {
    requestId,
    eventId,
    time: new Date(timeMs).toISOString(),
    operation: `${service}:${operation}`,
    region,
    principal: caller?.arn ?? '-',
    sourceIp,
    ...(error && { error }),
    ...(decision && { decided: recordedDecision(decision) }),
    calls: [],
  }
}

function recordedDecision(decision: NonNullable<AuditRecord['decision']>): AccessReport['decided'] {
  const { allowed, reason, action, resource, basis } = decision
  return {
    allowed,
    reason,
    sentence: reasonSentence(reason),
    ...(action && { action }),
    ...(resource && { resource }),
    ...(basis && { basis }),
  }
}
