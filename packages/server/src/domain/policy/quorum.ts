import { keyArn } from '../keys/arns.ts'
import { otherRegions } from '../keys/multi-region.ts'
import type { KeyRecord, Tag } from '../keys/record.ts'
import { globOf } from './language/patterns/template.ts'
import { Work } from './language/patterns/work.ts'

/**
 * What a quorum rule can protect: the destruction of keys and of imported material, key policies, the disabling of keys, and
 * what operators do to the account from the data folder.
 */
export const QUORUM_PROTECTIONS = ['DESTRUCTION', 'POLICY', 'DISABLING', 'OPERATOR'] as const
/** One of {@link QUORUM_PROTECTIONS}. */
export type QuorumProtection = (typeof QUORUM_PROTECTIONS)[number]

/** Someone whose approval a rule counts, by the id that no one else ever gets; the ARN is for people. */
export interface Approver {
  principalId: string
  arn: string
}

/** What an account demands before something destructive is done. */
export interface QuorumRule {
  accountId: string
  ruleName: string
  /** How many approvers must approve. */
  needed: number
  approvers: readonly Approver[]
  protects: readonly QuorumProtection[]
  /** ARNs of keys with the wildcards `*` and `?`; a key need match only one of these or one tag. */
  keyArns: readonly string[]
  keyTags: readonly Tag[]
  /** How long a request waits for approvals and, approved, for its repetition. */
  approvalMinutes: number
  requesterMayApprove: boolean
}

/**
 * Whether a rule names a key, by its ARN, that of a related key in any Region, or a tag. A related key has the same material:
 * a rule for one of them protects all.
 */
export function isAboutKey({ keyArns, keyTags }: QuorumRule, key: KeyRecord): boolean {
  const work = new Work()
  const arns = [key.region, ...otherRegions(key)].map((region) => keyArn({ ...key, region }))
  return (
    keyArns.some((pattern) => arns.some((arn) => globOf(pattern).matches(arn, work))) ||
    keyTags.some((wanted) => key.tags.some((tag) => isSameTag(tag, wanted)))
  )
}

/** Whether a key would leave what a rule protects by its tags, if it had these tags instead. */
export function leavesByTags(rule: QuorumRule, key: KeyRecord, tags: readonly Tag[]): boolean {
  return isAboutKey(rule, key) && !isAboutKey(rule, { ...key, tags })
}

/** Someone whose credentials signed, by the ids of all who took part in making these: execution/quorum/people.ts. */
export interface Signer {
  principalId: string
  people: readonly string[]
}

/**
 * How many people a rule counts as having approved: approvers of the rule, and not the requester unless the rule lets them. One
 * person counts once, also as a user and in a session of a role that they assumed.
 */
export function countedApprovals(
  rule: QuorumRule,
  requester: Pick<Signer, 'people'>,
  approvals: readonly Signer[],
): number {
  const named = new Set(rule.approvers.map(({ principalId }) => principalId))
  let persons: Set<string>[] = []
  for (const { principalId, people } of approvals) {
    if (!named.has(principalId) || !(rule.requesterMayApprove || !haveCommon(people, requester.people))) continue
    const same = persons.filter((person) => haveCommon(people, person))
    persons = [
      ...persons.filter((person) => !same.includes(person)),
      new Set([...people, ...same.flatMap((one) => [...one])]),
    ]
  }
  return persons.length
}

/** Whether two can be the same person. */
export function haveCommon(some: Iterable<string>, others: Iterable<string>): boolean {
  const known = new Set(others)
  return [...some].some((id) => known.has(id))
}

function isSameTag(tag: Tag, { TagKey, TagValue }: Tag): boolean {
  return tag.TagKey === TagKey && tag.TagValue === TagValue
}
