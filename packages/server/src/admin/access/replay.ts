import { partitionOf } from '@keyhold/protocol'
import { readRecords } from '../../audit/read-records.ts'
import type { AuditRecord } from '../../audit/record.ts'
import { keyArn } from '../../domain/keys/arns.ts'
import type { Decided, ProposedPolicies } from '../../execution/authorize.ts'
import type { Serving } from '../../execution/operations.ts'
import type { AccessContext } from './access-context.ts'
import { cutInputs, decideAgain, decisiveOf } from './decide-again.ts'
import { findKey, type NamedKey } from './find-key.ts'
import { readProposedPolicy } from './proposed-policy.ts'
import { type Outcome, ReplayCounts, type ReplayGroup } from './replay-groups.ts'

export interface ReplayOptions extends NamedKey {
  /** The text of the proposed key policy. */
  policy: string
  /** At or after, in milliseconds since the epoch. */
  sinceMs: number
  untilMs: number
}

/** What a proposed key policy would have done to the calls that the audit log knows of. */
export interface ReplayReport {
  key: string
  since: string
  until: string
  /** Records of decisions about the key in that time. */
  decisions: number
  /** Those that the proposal leaves as they are. */
  unchanged: number
  /** Allowed then and by the policy of now, denied by the proposed one. */
  breaks: ReplayGroup[]
  /** Denied then and by the policy of now, allowed by the proposed one. */
  allows: ReplayGroup[]
  /** Allowed then, denied now whichever policy the key has: something else has changed since. */
  deniedAnyway: ReplayGroup[]
  /** By users and roles that have been deleted since. */
  callersGone: number
  /** Whose records lack what was too large to keep, so that they cannot be decided again. */
  cut: number
  /** In groups beyond the limit, which are not told apart: by what would become of them. */
  ungrouped: Record<Outcome, number>
}

/**
 * Decides every recorded request about a key again, by its present policy and by a proposed one, all else being as it is
 * now. Streams the log; what is kept in memory is bounded. Throws {@link AccessError} for a policy that would be refused.
 */
export async function replay(options: ReplayOptions, { services, auditFolder }: AccessContext): Promise<ReplayReport> {
  const { sinceMs, untilMs } = options
  await services.directory.catchUp()
  const { key } = await findKey(options, services)
  const arn = keyArn(key.value)
  const policy = await readProposedPolicy(options.policy, partitionOf(key.value.region), services)
  const proposed = new Map([[key.row.id, services.directory.compiledKeyPolicy('proposed key policy', policy)]])
  const counts = new ReplayCounts()
  for await (const record of readRecords(auditFolder, { sinceMs, untilMs, resource: arn })) {
    const outcome = record.decision && (await replayed(record, arn, proposed, services))
    if (outcome) counts.add(record, outcome)
  }
  return { key: arn, since: isoTime(sinceMs), until: isoTime(untilMs), ...counts.report() }
}

/** What the proposal would make of one recorded request, and for which reason; `undefined` if nothing of the key's was asked. */
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

/** Of the decisions about the key, the one that decides: a denial, if there is one. */
function aboutKey(all: readonly Decided[], arn: string, record: AuditRecord): Decided | undefined {
  const about = all.filter(({ resource }) => resource.arn === arn)
  return about.find(({ decision }) => !decision.allowed) ?? decisiveOf(about, record)
}

function outcomeOf({ decision }: AuditRecord, present: Decided, proposal: Decided): Outcome | 'unchanged' {
  const [isAllowed, wouldBe] = [present.decision.allowed, proposal.decision.allowed]
  if (decision?.allowed === true && !wouldBe) return isAllowed ? 'breaks' : 'deniedAnyway'
  // Another key or the alias may have been what denied it: then this policy would change nothing.
  const deniedHere = decision?.allowed === false && isAbout(decision.resource, proposal)
  return deniedHere && !isAllowed && wouldBe ? 'allows' : 'unchanged'
}

function isAbout(resource: string | undefined, { resource: { arn } }: Decided): boolean {
  return resource === undefined || resource === arn
}

function isoTime(ms: number): string {
  return new Date(ms).toISOString()
}
