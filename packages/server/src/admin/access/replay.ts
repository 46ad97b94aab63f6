import { partitionOf } from '@keyhold/protocol'
import { readRecords } from '../../audit/read-records.ts'
import type { AuditRecord } from '../../audit/record.ts'
import { keyArn } from '../../domain/keys/arns.ts'
import type { ProposedPolicies } from '../../execution/authorizer/access-question.ts'
import type { Decided } from '../../execution/authorizer/decided.ts'
import type { Serving } from '../../execution/operations.ts'
import type { AccessContext } from './access-context.ts'
import { cutInputs, decideAgain, decisiveOf } from './decide-again.ts'
import { findKey, type NamedKey } from './find-key.ts'
import { readProposedPolicy } from './proposed-policy.ts'
import { type Outcome, ReplayCounts, type ReplayGroup } from './replay-groups.ts'

/** What to replay. */
export interface ReplayOptions extends NamedKey {
  /** The text of the proposed key policy. */
  policy: string
  /** At or after, in milliseconds since the epoch. */
  sinceMs: number
  untilMs: number
}

/** How a proposed key policy would have changed the calls in the audit log. */
export interface ReplayReport {
  key: string
  since: string
  until: string
  /** The number of recorded decisions about the key in that period. */
  decisions: number
  /** Decisions that the proposal does not change. */
  unchanged: number
  /** Allowed then and by the current policy, denied by the proposed policy. */
  breaks: ReplayGroup[]
  /** Denied then and by the current policy, allowed by the proposed policy. */
  allows: ReplayGroup[]
  /** Allowed then, denied now by both policies: something else has changed since. */
  deniedAnyway: ReplayGroup[]
  /** Requests of users and roles that were deleted since. */
  callersGone: number
  /** Requests whose records lack content that was too large, so that they cannot be decided again. */
  cut: number
  /** Requests in groups beyond the limit, by outcome. */
  ungrouped: Record<Outcome, number>
}

/**
 * Decides every recorded request about a key again, by its current and by a proposed policy, with everything else in
 * its current state. Streams the log in bounded memory. Throws {@link AccessError} for an invalid policy.
 */
export async function replay(options: ReplayOptions, { services, auditFolder }: AccessContext): Promise<ReplayReport> {
  const { sinceMs, untilMs } = options
  await services.directory.catchUp()
  const { key } = await findKey(options, services)
  const arn = keyArn(key.value)
  const policy = await readProposedPolicy(options.policy, partitionOf(key.value.region), services)
  const proposed = new Map([[key.id, services.directory.compiledKeyPolicy('proposed key policy', policy)]])
  const counts = new ReplayCounts()
  for await (const record of readRecords(auditFolder, { sinceMs, untilMs, resource: arn })) {
    const outcome = record.decision && (await replayed(record, arn, proposed, services))
    if (outcome) counts.add(record, outcome)
  }
  return { key: arn, since: isoTime(sinceMs), until: isoTime(untilMs), ...counts.report() }
}

/**
 * Returns the outcome of one recorded request under the proposed policy, with the reason, or `undefined` if the request
 * does not concern the key.
 */
async function replayed(
  record: AuditRecord,
  arn: string,
  proposed: ProposedPolicies,
  services: Serving,
): Promise<Parameters<ReplayCounts['add']>[1] | undefined> {
  if (cutInputs(record).length > 0) return { outcome: 'cut' }
  const now = await decideAgain(record, services)
  const then = await decideAgain(record, services, proposed)
  if (now === 'caller-gone' || then === 'caller-gone') return { outcome: 'callersGone' }
  const present = aboutKey(now, arn, record)
  const proposal = aboutKey(then, arn, record)
  if (present === undefined || proposal === undefined) return undefined
  return { outcome: outcomeOf(record, present, proposal), decided: proposal }
}

/** The decisive one among the decisions about the key: a denial, if there is one. */
function aboutKey(all: readonly Decided[], arn: string, record: AuditRecord): Decided | undefined {
  const about = all.filter(({ resource }) => resource.arn === arn)
  return about.find(({ decision }) => !decision.allowed) ?? decisiveOf(about, record)
}

function outcomeOf({ decision }: AuditRecord, present: Decided, proposal: Decided): Outcome | 'unchanged' {
  const [isAllowed, wouldBe] = [present.decision.allowed, proposal.decision.allowed]
  if (decision?.allowed === true && !wouldBe) return isAllowed ? 'breaks' : 'deniedAnyway'
  // If another key or the alias was denied, this policy changes nothing.
  const deniedHere = decision?.allowed === false && isAbout(decision.resource, proposal)
  return deniedHere && !isAllowed && wouldBe ? 'allows' : 'unchanged'
}

function isAbout(resource: string | undefined, { resource: { arn } }: Decided): boolean {
  return resource === undefined || resource === arn
}

function isoTime(ms: number): string {
  return new Date(ms).toISOString()
}
