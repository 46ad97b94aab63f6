import type { AccessGrant } from '../../domain/policy/access.ts'
import type { ActionRules } from '../../domain/policy/action-rules.ts'
import type { GrantRecord } from '../../domain/policy/grant-record.ts'
import { isOnKey } from '../../domain/policy/grants/match.ts'
import type { KeyRecord } from '../../domain/keys/record.ts'
import type { BoundPolicy } from '../../domain/policy/bound-policy.ts'
import type { KeyEntry } from '../../identity/directory/directory.ts'
import { keyArn } from '../../domain/keys/arns.ts'
import type { Changeset } from '../../vault/records/changeset.ts'
import { applicableGrants, everyGrant } from './applicable-grants.ts'
import type { Needed } from '../needed.ts'
import type { Services } from '../services.ts'
import {
  aboutKey,
  aboutKeyUnder,
  aboutResource,
  type AccessQuestion,
  accessRequest,
  type KeyQuestion,
  type ProposedPolicies,
} from './access-question.ts'
import { type AskedBy, Asker } from './asker.ts'
import { type Decided, decidedOn, worded } from './decided.ts'
import { DecidedBy } from './decided-by.ts'

/** How an explanation decides otherwise than a request. */
export interface AuthorizerOptions {
  proposed?: ProposedPolicies | undefined
  /** `all grants`: includes those that allow nothing, for explanations. */
  looksAt?: 'what decides' | 'all grants'
}

type Sources = Pick<Services, 'clock' | 'directory' | 'enforcement' | 'throttle'>

/**
 * Decides what one request asks for. Made for each attempt, after its input is known; everything that it looks up was caught
 * up with the store when the request came.
 */
export class Authorizer {
  readonly #asker: Asker
  readonly #services: Sources
  readonly #options: AuthorizerOptions
  readonly #decidedBy = new DecidedBy()

  constructor(by: AskedBy, services: Sources, options: AuthorizerOptions = {}) {
    this.#asker = new Asker(by, services)
    this.#services = services
    this.#options = options
  }

  /** Grants that the request's tokens name, on any keys. */
  get tokenGrants(): readonly GrantRecord[] {
    return this.#asker.tokenGrants
  }

  /** Decides whether the caller can perform an action on a key, or on a key that does not exist. */
  async key(question: KeyQuestion): Promise<Decided> {
    return this.decide(await this.question(question))
  }

  /** Decides whether the caller can perform an action on a resource without a policy. */
  async other(needed: Needed, rules: ActionRules): Promise<Decided> {
    const question = await aboutResource(needed, rules, this.#asker)
    this.#decidedBy.rows(question.rows)
    return worded(this.decide(question), needed.denial)
  }

  /** Whether the caller would be allowed this action on a key under another policy, and without grants. */
  async underPolicy(
    question: Pick<KeyQuestion, 'action' | 'rules' | 'own'>,
    key: KeyRecord,
    policy: BoundPolicy,
  ): Promise<Decided> {
    return this.decide(await aboutKeyUnder(policy, { ...question, key }, this.#asker, this.#services))
  }

  /** What is asked about a key, with the grants on it, for operations that decide in ways of their own. */
  async question(question: KeyQuestion): Promise<AccessQuestion> {
    const { key } = question.found
    const asked = await aboutKey(question, this.#asker, this.#options.proposed, this.#services)
    this.#decidedBy.rows(asked.rows)
    return key && this.#services.enforcement === 'on' ? { ...asked, grants: await this.#grants(key, asked) } : asked
  }

  /** Decides a question, and remembers the grants that it was decided by. */
  decide(question: AccessQuestion): Decided {
    const decided = decidedOn(question, this.#services)
    this.#decidedBy.grants(decided)
    return decided
  }

  /** Has the request's changes conflict with the end of a grant that they rest on. */
  restsOn(grant: AccessGrant): void {
    this.#decidedBy.grant(grant)
  }

  /** Has `changes` conflict with changes of what this request was decided by. @throws ServiceError for a deleted caller. */
  async requireSameRights(changes: Changeset): Promise<void> {
    await this.#decidedBy.require(changes, this.#asker.caller, this.#services)
  }

  /**
   * The key's grants to the caller. A token of a grant on another key has no effect here: it can be for the other key
   * of this request, and AWS ignores it otherwise.
   */
  async #grants({ value }: KeyEntry, question: AccessQuestion): Promise<readonly AccessGrant[]> {
    const request = accessRequest(question)
    const found =
      this.#options.looksAt === 'all grants'
        ? await everyGrant(value, request.principal, this.#services)
        : await applicableGrants(value, request, this.#services)
    const arn = keyArn(value)
    return [...this.tokenGrants.filter((grant) => isOnKey(grant, arn)), ...found]
  }
}
