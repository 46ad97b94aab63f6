import type { AccessGrant, AccessRequest, IdentityPolicies, NamedPolicy } from '../../domain/policy/access.ts'
import type { ActionRules } from '../../domain/policy/action-rules.ts'
import { policyOfAwsManagedKey } from '../../domain/policy/aws-managed-policy.ts'
import { conditionValues } from '../../domain/policy/condition-values.ts'
import type { OwnConditions, RequestFacts } from '../../domain/policy/request-facts.ts'
import type { KeyEntry } from '../../identity/directory/directory.ts'
import type { KeyPolicyValue } from '../../identity/directory/key-parts.ts'
import type { BoundPolicy } from '../../domain/policy/bound-policy.ts'
import { keyArn } from '../../domain/keys/arns.ts'
import { aliasOfService } from '../../domain/keys/aws-managed.ts'
import type { KeyRecord } from '../../domain/keys/record.ts'
import type { RowVersion } from '../../vault/records/changeset.ts'
import { keyFacts } from './facts.ts'
import type { Found } from '../lookup.ts'
import { namedResource, ownerNamed } from './named-resource.ts'
import type { Needed } from '../needed.ts'
import type { Services } from '../services.ts'
import type { Asker } from './asker.ts'

/** What is asked, with all that one decision is taken from but the grants on a key. */
export interface AccessQuestion {
  action: string
  rules: ActionRules
  identity: IdentityPolicies
  facts: RequestFacts
  grants: readonly AccessGrant[]
  resource: AccessRequest['resource']
  /** The rows that this was read from. */
  rows: readonly RowVersion[]
}

/** What a key's target states about this request. */
export interface KeyQuestion {
  action: string
  rules: ActionRules
  found: Found
  own: OwnConditions
  encryptionContext: Readonly<Record<string, string>> | undefined
}

/** Key policies to use instead of the stored ones, by the row ids of their keys. */
export type ProposedPolicies = ReadonlyMap<string, NamedPolicy>

type Sources = Pick<Services, 'directory'>

/** What is asked about a key, or about what would be one. */
export async function aboutKey(
  { action, rules, found, own, encryptionContext }: KeyQuestion,
  asker: Asker,
  proposed: ProposedPolicies | undefined,
  { directory }: Sources,
): Promise<AccessQuestion> {
  const { arn, ownerAccountId: accountId, hiddenAs, key } = found
  const identity = await asker.identity()
  const facts = asker.facts(rules, identity, own)
  const rows: RowVersion[] = []
  if (key) {
    rows.push(key)
    Object.assign(facts, keyFacts(key.value))
  } else if (found.firstUse) facts.key = { ...AWS_MANAGED_KEY, aliases: [aliasOfService(found.firstUse.service)] }
  facts.resourceAccountId = accountId
  facts.encryptionContext = encryptionContext
  facts.requestAlias = found.requestAlias
  const ofKey = key && (await decidingPolicy(key, rows, proposed, { directory }))
  if (key && facts.key && (identity.asksForAliases || ofKey?.asksForAliases)) {
    facts.key.aliases = await directory.aliasesOf(key.value)
  }
  const policy = ofKey?.named ?? policyBeforeUse(found, { directory })
  const resource = { arn, accountId, policy, hiddenAs }
  return { action, rules, identity: identity.policies, facts, grants: [], resource, rows }
}

/** What is asked about something that has no policy of its own, or whose policy comes with the question. */
export async function aboutResource(needed: Needed, rules: ActionRules, asker: Asker): Promise<AccessQuestion> {
  const { action, conditions = {}, tags, rows = [] } = needed
  const { accountId } = asker.caller.principal
  const identity = await asker.identity()
  const facts: RequestFacts = {
    ...asker.facts(rules, identity, conditions),
    resourceAccountId: ownerNamed(needed.resource) ?? accountId,
    ...(tags && { resourceTags: tags }),
  }
  const resource = namedResource(needed, accountId)
  return { action, rules, identity: identity.policies, facts, grants: [], resource, rows }
}

/** What is asked about a key under another policy, without any grants on it. */
export async function aboutKeyUnder(
  policy: BoundPolicy,
  { action, rules, own, key }: Pick<KeyQuestion, 'action' | 'rules' | 'own'> & { key: KeyRecord },
  asker: Asker,
  { directory }: Sources,
): Promise<AccessQuestion> {
  const identity = await asker.identity()
  const facts: RequestFacts = {
    ...asker.facts(rules, identity, own),
    ...keyFacts(key),
    resourceAccountId: key.accountId,
  }
  if (facts.key) facts.key.aliases = await directory.aliasesOf(key)
  const named = directory.compiledKeyPolicy('new key policy', policy)
  const resource = { arn: keyArn(key), accountId: key.accountId, policy: named, hiddenAs: 'this resource' as const }
  return { action, rules, identity: identity.policies, facts, grants: [], resource, rows: [] }
}

/** The question in the form in which policies and grants decide it. */
export function accessRequest(question: Omit<AccessQuestion, 'rows'>): AccessRequest {
  const { action, rules, facts, grants, identity, resource } = question
  return {
    principal: facts.principal,
    identity,
    action,
    acrossAccounts: rules.acrossAccounts,
    grantable: rules.grantable,
    resource,
    grants,
    encryptionContext: facts.encryptionContext,
    conditions: conditionValues(facts),
  }
}

async function decidingPolicy(
  { id, value: key }: KeyEntry,
  rows: RowVersion[],
  proposed: ProposedPolicies | undefined,
  { directory }: Sources,
): Promise<Pick<KeyPolicyValue, 'named' | 'asksForAliases'>> {
  const instead = proposed?.get(id)
  if (instead) return { named: instead, asksForAliases: true }
  const policy = await directory.keyPolicy(key)
  if (policy === undefined) throw new Error(`key ${key.keyId} has no policy`)
  rows.push(policy.stored)
  return policy
}

/** An AWS managed key has its policy before it is made: a caller who may not use it does not make it either. */
function policyBeforeUse({ firstUse }: Found, { directory }: Sources): AccessRequest['resource']['policy'] {
  if (firstUse === undefined) return 'missing'
  const text = policyOfAwsManagedKey(firstUse)
  return directory.compiledKeyPolicy(`key policy of ${firstUse.service}`, { text })
}

/** The condition keys of an AWS managed key before it is created. */
const AWS_MANAGED_KEY = { spec: 'SYMMETRIC_DEFAULT', usage: 'ENCRYPT_DECRYPT', origin: 'AWS_KMS' }
