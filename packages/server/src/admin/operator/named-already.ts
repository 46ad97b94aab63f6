import { parseArn } from '@keyhold/protocol'
import type { GrantParty } from '../../domain/policy/access.ts'
import { type PrincipalName, principalsOf } from '../../domain/policy/language/document.ts'
import { parsePolicy } from '../../domain/policy/language/parse.ts'
import { everyAccount, everyPrincipal } from '../../identity/directory/everybody.ts'
import { principalArn } from '../../identity/accounts/entity-arns.ts'
import { keyArn } from '../../domain/keys/arns.ts'
import { grantTable } from '../../vault/records/grant.ts'
import { keyTable } from '../../vault/records/key.ts'
import { policyTable } from '../../vault/records/policy.ts'
import { everyRow } from '../../vault/storage/page.ts'
import type { OperatorContext } from './deed.ts'
import { conditionsOnAccount, conditionsOnService } from './named-by-condition.ts'

/** A policy or grant that names an account or a service before it exists. */
export interface NamedIn {
  kind: 'key policy' | 'trust policy' | 'grant'
  /** The ARN of the key or of the role. */
  resource: string
  /** For a grant. */
  grantId?: string
  /** The principal as written, or the key and value of the condition that names it. */
  principal: string
}

/** The policies and grants that name a principal: at most {@link MAX_LISTED} of them, and their number. */
export interface NamedAlready {
  documents: readonly NamedIn[]
  count: number
}

/** One of them as a line of text. */
export function describeNamed({ kind, resource, grantId, principal }: NamedIn): string {
  return `${kind}${grantId === undefined ? '' : ` ${grantId}`} on ${resource}: ${principal}`
}

/** The maximum number that is listed. A longer list would not be read. */
const MAX_LISTED = 1000

/** What to look for: an account with all of its principals, or a service. */
type Wanted = { accountId: string } | { service: string }

type Context = Pick<OperatorContext, 'store' | 'hierarchy' | 'records'>

/**
 * Finds the policies and grants that name an account or a service. Reads every key policy, trust policy and grant:
 * several seconds for a hundred thousand keys.
 */
export async function namedAlready(wanted: Wanted, context: Context): Promise<NamedAlready> {
  const documents: NamedIn[] = []
  let count = 0
  for (const source of [namedInKeyPolicies, namedInTrustPolicies, namedInGrants]) {
    for await (const one of source(wanted, context)) {
      count += 1
      if (documents.length < MAX_LISTED) documents.push(one)
    }
  }
  return { documents, count }
}

async function* namedInKeyPolicies(wanted: Wanted, { records }: Context): AsyncGenerator<NamedIn> {
  for await (const { value: policy } of everyRow((page) => records.list(policyTable, page))) {
    const named = namesIn(policy.text, 'key', wanted)
    if (named.length === 0) continue
    const key = await records.get(keyTable, policy)
    if (key === undefined) continue
    const resource = keyArn(key.value)
    for (const principal of named) yield { kind: 'key policy', resource, principal }
  }
}

async function* namedInTrustPolicies(wanted: Wanted, context: Context): AsyncGenerator<NamedIn> {
  for (const { accountId } of await everyAccount(context)) {
    for await (const record of everyPrincipal(accountId, context)) {
      if (record.type !== 'Role') continue
      const resource = principalArn(record)
      for (const principal of namesIn(record.trust.text, 'trust', wanted)) {
        yield { kind: 'trust policy', resource, principal }
      }
    }
  }
}

async function* namedInGrants(wanted: Wanted, { records }: Context): AsyncGenerator<NamedIn> {
  for await (const { value: grant } of everyRow((page) => records.list(grantTable, page))) {
    const parties = [grant.grantee, ...(grant.retiring ? [grant.retiring] : [])]
    for (const { arn: principal } of parties.filter((party) => isParty(party, wanted))) {
      yield { kind: 'grant', resource: keyArn(grant), grantId: grant.grantId, principal }
    }
  }
}

/** A party with an immutable id is a principal that existed, not the new one. */
function isParty({ arn, principalId }: GrantParty, wanted: Wanted): boolean {
  if ('service' in wanted) return arn === wanted.service
  return principalId === undefined && parseArn(arn)?.account === wanted.accountId
}

function namesIn(text: string, kind: 'key' | 'trust', wanted: Wanted): string[] {
  const { policy } = parsePolicy(text, kind)
  if (policy === undefined) return []
  const principals = principalsOf(policy).filter((name) => isWanted(name, wanted))
  const conditions =
    'service' in wanted ? conditionsOnService(policy, wanted.service) : conditionsOnAccount(policy, wanted.accountId)
  return [...new Set([...principals.map(({ text: name }) => name), ...conditions])]
}

function isWanted({ kind, text, accountId }: PrincipalName, wanted: Wanted): boolean {
  if ('service' in wanted) return kind === 'service' && text === wanted.service
  return (accountId ?? (kind === 'federated' ? parseArn(text)?.account : undefined)) === wanted.accountId
}
