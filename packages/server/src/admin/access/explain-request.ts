import type { AuditRecord, CutText } from '../../audit/record.ts'
import type { AccessRequest } from '../../domain/policy/access.ts'
import { explain } from '../../domain/policy/explain/explain.ts'
import type { Explanation } from '../../domain/policy/explain/explanation.ts'
import { reasonSentence } from '../../domain/policy/reasons.ts'
import type { Decided } from '../../execution/authorize.ts'
import type { AccessContext } from './access-context.ts'
import { cutInputs, decideAgain, decisiveOf } from './decide-again.ts'
import { findRecord } from './find-record.ts'
import { type Proposal, proposeCalls } from './propose-calls.ts'
import type { ProposedCall } from './proposed-call.ts'

/** Why a request was decided as it was, and what the policies of now would say. For operators only. */
export interface AccessReport {
  requestId: string
  eventId: string
  time: string
  operation: string
  region: string
  /** The ARN of whoever asked. */
  principal: string
  /** The ARN that they have now, where it is another. */
  renamed?: string
  sourceIp: string
  /** How the request failed, if it did; not always for want of a permission. */
  error?: { code: string; message?: string }
  /** What was decided then; absent for a request that failed before there was anything to decide. */
  decided?: { allowed: boolean; reason: string; sentence: string; action?: string; resource?: string; basis?: unknown }
  /** By the policies, grants and tags of now. */
  now?: Explanation
  /** What else of the request is denied now: ReEncrypt asks of two keys, CreateKey with tags for two actions. */
  alsoDenied?: Explanation[]
  /** The caller has been deleted since, so that there is nothing to explain it by. */
  callerGone?: true
  /**
   * The id that was asked for. That request was refused like others before it and only counted; what the report tells of
   * is the first of them.
   */
  countedAs?: string
  /** Members that the record lacks because they were too large. Without them the request cannot be decided again. */
  cut?: readonly CutText[]
  /** What an administrator would call to have the request allowed. */
  calls: ProposedCall[]
}

/** Explains the request of this id. Throws {@link AccessError} where the audit log does not have it. */
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

/** Nothing where one part of the request cannot be allowed: to allow the others would not have it answered. */
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
