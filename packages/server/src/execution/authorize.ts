import { serviceError } from '@keyhold/protocol'
import type { AccessGrant, AccessRequest, Decision, NamedPolicy } from '../domain/policy/access.ts'
import type { ActionRules } from '../domain/policy/action-rules.ts'
import { policyOfAwsManagedKey } from '../domain/policy/aws-managed-policy.ts'
import { conditionValues } from '../domain/policy/condition-values.ts'
import { denialsOf } from '../domain/policy/denials-of.ts'
import type { GrantRecord } from '../domain/policy/grant-record.ts'
import type { WantedGrant } from '../domain/policy/grants/rules.ts'
import { isOnKey } from '../domain/policy/grants/match.ts'
import type { OwnConditions, RequestFacts } from '../domain/policy/request-facts.ts'
import type { KeyEntry } from '../identity/directory/directory.ts'
import type { KeyPolicyValue } from '../identity/directory/key-policy.ts'
import { rowsOfRights } from '../identity/directory/rights.ts'
import type { BoundPolicy } from '../domain/policy/bound-policy.ts'
import { keyArn } from '../domain/keys/arns.ts'
import { aliasOfService } from '../domain/keys/aws-managed.ts'
import type { KeyRecord } from '../domain/keys/record.ts'
import { grantPresent } from '../vault/records/grant-rows.ts'
import type { Changeset } from '../vault/records/changeset.ts'
import type { Expectation } from '../vault/storage/store.ts'
import { applicableGrants, everyGrant, parentGrant } from './applicable-grants.ts'
import { keyFacts, requestFacts } from './facts.ts'
import type { Found } from './found.ts'
import type { Needed } from './needed.ts'
import type { AuthenticatedRequest } from './request.ts'
import { meteredDecision } from './metered-decision.ts'
import { namedResource, ownerNamed } from './named-resource.ts'
import type { Services } from './services.ts'
import { type CallerIdentity, identityOf, unknownCaller } from './caller-identity.ts'
import { type Unenforced, unenforced } from './unenforced.ts'

/** One thing that is decided, with what it was decided from. */
export interface Decided {
  action: string
  decision: Decision | Unenforced
  facts: RequestFacts
  resource: AccessRequest['resource']
  /** All of it together, for whoever explains the decision. */
  request: AccessRequest
}

/** Key policies to decide by in place of the stored ones, by the row ids of their keys. */
export type ProposedPolicies = ReadonlyMap<string, NamedPolicy>

interface AuthorizerOptions {
  proposed?: ProposedPolicies | undefined
  /** `all grants`: also those that allow nothing, for explanations. */
  looksAt?: 'what decides' | 'all grants'
}

type DecidingPolicy = Pick<KeyPolicyValue, 'named' | 'asksForAliases'>

/** What a key's target says of this request. */
export interface KeyQuestion {
  action: string
  rules: ActionRules
  found: Found
  own: OwnConditions
  encryptionContext: Readonly<Record<string, string>> | undefined
}

/**
 * Decides what one request asks for. Made once a request, after its input is known; everything that it looks up was
 * caught up with the store when the request came.
 */
export class Authorizer {
  readonly #request: AuthenticatedRequest
  readonly #services: Services
  readonly #input: object
  /** Grants that the request's tokens name, read through to the store; of any keys. */
  readonly tokenGrants: readonly GrantRecord[]
  readonly #proposed: ProposedPolicies
  readonly #looksAt: 'what decides' | 'all grants'
  /** Rows of the key policies and of what else decided something, and of the grants that allowed it. */
  readonly #decidedBy = new Set<Expectation>()
  #identity: CallerIdentity | undefined

  constructor(
    request: AuthenticatedRequest,
    input: object,
    tokenGrants: readonly GrantRecord[],
    services: Services,
    { proposed = NOTHING_PROPOSED, looksAt = 'what decides' }: AuthorizerOptions = {},
  ) {
    this.#request = request
    this.#services = services
    this.#input = input
    this.tokenGrants = tokenGrants
    this.#proposed = proposed
    this.#looksAt = looksAt
  }

  /** Whether the caller may do this to a key, or to what would be one. */
  async key(question: KeyQuestion): Promise<Decided> {
    return this.#decide(await this.#ask(question))
  }

  async #ask({ action, rules, found, own, encryptionContext }: KeyQuestion): Promise<Asked> {
    const { arn, ownerAccountId: accountId, hiddenAs, key } = found
    const identity = await this.#caller()
    const facts = this.#facts(rules, identity, own)
    if (key) {
      this.#decidedBy.add(key)
      Object.assign(facts, keyFacts(key.value))
    } else if (found.firstUse) facts.key = { ...AWS_MANAGED_KEY, aliases: [aliasOfService(found.firstUse.service)] }
    facts.resourceAccountId = accountId
    facts.encryptionContext = encryptionContext
    facts.requestAlias = found.requestAlias
    const ofKey = key && (await this.#keyPolicy(key))
    if (key && facts.key && (identity.asksForAliases || ofKey?.asksForAliases)) {
      facts.key.aliases = await this.#services.directory.aliasesOf(key.value)
    }
    const policy = ofKey?.named ?? this.#policyBeforeUse(found)
    const resource = { arn, accountId, policy, hiddenAs }
    const asked = { action, rules, identity, facts, grants: [], resource }
    return key && this.#services.enforcement === 'on' ? { ...asked, grants: await this.#grants(key, asked) } : asked
  }

  /**
   * Whether one of these grants allows it. The key's policy can only deny: that is how grants are retired, which they say
   * themselves (AWS KMS Developer Guide, "Retiring and revoking grants").
   */
  async byGrantsAlone(question: KeyQuestion, grants: readonly AccessGrant[]): Promise<Decided> {
    const asked = await this.#ask(question)
    const { policy } = asked.resource
    const resource = { ...asked.resource, isByGrants: true as const }
    const denials = typeof policy === 'object' ? { policy: denialsOf(policy) } : {}
    return this.#decide({ ...asked, grants, resource: { ...resource, ...denials } })
  }

  /**
   * What keeps the caller from creating this grant who may create grants by a grant alone, and hands on no more than that
   * has: the first fault that a grant has which would be enough. `undefined` where policies allow it by themselves, or
   * one of the grants has no fault.
   */
  async parentFault(
    question: KeyQuestion,
    wanted: WantedGrant,
    faultOf: (parent: AccessGrant) => string | undefined,
  ): Promise<string | undefined> {
    const { key } = question.found
    if (this.#services.enforcement === 'off' || key === undefined) return undefined
    const asked = await this.#ask(question)
    const isEnough = (...grants: AccessGrant[]): boolean =>
      meteredDecision(accessRequest({ ...asked, grants }), this.#services).allowed
    if (isEnough()) return undefined
    const enough = asked.grants.filter((grant) => isEnough(grant))
    const accepts = (grant: AccessGrant): boolean => faultOf(grant) === undefined
    const sought = { like: enough, wanted, accepts }
    const parent = enough.find(accepts) ?? (await parentGrant(key.value, accessRequest(asked), sought, this.#services))
    if (parent === undefined) return enough.map(faultOf)[0] ?? 'no grant allows it'
    this.#decidedBy.add(grantPresent(parent))
    return undefined
  }

  /** Whether the caller may do this to something that has no policy of its own. */
  async other(needed: Needed, rules: ActionRules): Promise<Decided> {
    const { action, conditions = {}, tags, rows = [], denial } = needed
    for (const row of rows) this.#decidedBy.add(row)
    const { accountId } = this.#request.caller.principal
    const identity = await this.#caller()
    const facts: RequestFacts = {
      ...this.#facts(rules, identity, conditions),
      resourceAccountId: ownerNamed(needed.resource) ?? accountId,
      ...(tags && { resourceTags: tags }),
    }
    const resource = namedResource(needed, accountId)
    return worded(this.#decide({ action, rules, identity, facts, grants: [], resource }), denial)
  }

  /** Whether the caller would be allowed this action on a key under another policy. */
  async underPolicy(
    { action, rules, own }: Pick<KeyQuestion, 'action' | 'rules' | 'own'>,
    key: KeyRecord,
    policy: BoundPolicy,
  ): Promise<Decided> {
    const identity = await this.#caller()
    const facts: RequestFacts = {
      ...this.#facts(rules, identity, own),
      ...keyFacts(key),
      resourceAccountId: key.accountId,
    }
    const { directory } = this.#services
    if (facts.key) facts.key.aliases = await directory.aliasesOf(key)
    const named = directory.compiledKeyPolicy('new key policy', policy)
    const resource = { arn: keyArn(key), accountId: key.accountId, policy: named, hiddenAs: 'this resource' as const }
    return this.#decide({ action, rules, identity, facts, grants: [], resource })
  }

  /**
   * Lets `changes` conflict with other key policies, grants, resources and policies of the caller than they were decided by: the
   * right to make them may be gone.
   */
  async requireSameRights(changes: Changeset): Promise<void> {
    if (changes.isEmpty || this.#services.enforcement === 'off') return
    const own = await rowsOfRights(this.#request.caller, this.#services.directory)
    if (own === 'stopped') throw unknownCaller()
    for (const row of [...this.#decidedBy, ...own]) changes.require(row)
  }

  #decide(asked: Asked): Decided {
    const { action, facts, resource } = asked
    const request = accessRequest(asked)
    const decision =
      this.#services.enforcement === 'off' ? unenforced(request) : meteredDecision(request, this.#services)
    for (const grant of request.grants) if (isBasis(grant, decision)) this.#decidedBy.add(grantPresent(grant))
    return { action, decision, facts, resource, request }
  }

  async #caller(): Promise<CallerIdentity> {
    this.#identity ??= await identityOf(this.#request, this.#services)
    return this.#identity
  }

  #facts({ about }: ActionRules, identity: CallerIdentity, own: OwnConditions): RequestFacts {
    const facts = requestFacts(about, this.#request, this.#input, identity.tags, own)
    if (this.tokenGrants.length === 0) return facts
    return {
      ...facts,
      tokenGrants: this.tokenGrants.map(({ keyId, region, grantId }) => ({ keyId, region, grantId })),
    }
  }

  /** An AWS managed key has its policy before it is made: whoever may not use it does not make it either. */
  #policyBeforeUse({ firstUse }: Found): AccessRequest['resource']['policy'] {
    if (firstUse === undefined) return 'missing'
    const text = policyOfAwsManagedKey(firstUse)
    return this.#services.directory.compiledKeyPolicy(`key policy of ${firstUse.service}`, { text })
  }

  async #keyPolicy({ id, value: { region, keyId } }: KeyEntry): Promise<DecidingPolicy> {
    const proposed = this.#proposed.get(id)
    if (proposed) return { named: proposed, asksForAliases: true }
    const policy = await this.#services.directory.keyPolicy(region, keyId)
    if (policy === undefined) throw new Error(`key ${keyId} has no policy`)
    this.#decidedBy.add(policy.stored)
    return policy
  }

  /**
   * The key's grants to the caller. A token that names a grant on another key counts for nothing here: it may be for the
   * other key of this request, and AWS ignores it otherwise.
   */
  async #grants({ value }: KeyEntry, asked: Asked): Promise<readonly AccessGrant[]> {
    const request = accessRequest(asked)
    const found =
      this.#looksAt === 'all grants'
        ? await everyGrant(value, request.principal, this.#services)
        : await applicableGrants(value, request, this.#services)
    const arn = keyArn(value)
    return [...this.tokenGrants.filter((grant) => isOnKey(grant, arn)), ...found]
  }
}

function isBasis({ grantId }: AccessGrant, { basis }: Decision | Unenforced): boolean {
  return basis.some((one) => one.layer === 'grant' && one.grantId === grantId)
}

interface Asked {
  action: string
  rules: ActionRules
  identity: CallerIdentity
  facts: RequestFacts
  grants: readonly AccessGrant[]
  resource: AccessRequest['resource']
}

function accessRequest({ action, rules, identity, facts, grants, resource }: Asked): AccessRequest {
  return {
    principal: facts.principal,
    identity: identity.policies,
    action,
    acrossAccounts: rules.acrossAccounts,
    grantable: rules.grantable,
    resource,
    grants,
    encryptionContext: facts.encryptionContext,
    conditions: conditionValues(facts),
  }
}

/** What policies can ask about an AWS managed key that is not made yet. */
const AWS_MANAGED_KEY = { spec: 'SYMMETRIC_DEFAULT', usage: 'ENCRYPT_DECRYPT', origin: 'AWS_KMS' }
const NOTHING_PROPOSED: ProposedPolicies = new Map()

function worded(decided: Decided, denial: string | undefined): Decided {
  const { decision } = decided
  if (decision.allowed || denial === undefined) return decided
  return { ...decided, decision: { ...decision, sentence: denial } }
}

/** Throws what a denied caller is told. */
export function requireAllowed({ decision }: Pick<Decided, 'decision'>): void {
  if (!decision.allowed) throw serviceError('AccessDeniedException', decision.sentence)
}
