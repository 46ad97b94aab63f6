import { serviceError } from '@keyhold/protocol'
import type { AccessRequest, Decision } from '../../domain/policy/access.ts'
import { decide } from '../../domain/policy/decide.ts'
import { hiddenDenial } from '../../domain/policy/denial.ts'
import { Work } from '../../domain/policy/language/patterns/work.ts'
import type { RequestFacts } from '../../domain/policy/request-facts.ts'
import type { Services } from '../services.ts'
import { payerOf } from '../throttle/lines.ts'
import { type AccessQuestion, accessRequest } from './access-question.ts'

/** One thing that was decided, with what it was decided from. */
export interface Decided {
  action: string
  decision: Decision | Unenforced
  facts: RequestFacts
  resource: AccessRequest['resource']
  /** All of it together, for explanations of the decision. */
  request: AccessRequest
}

/** The decision of a server without enforcement, if it allows. */
export interface Unenforced {
  allowed: true
  reason: 'not-enforced'
  basis: readonly []
}

type Sources = Pick<Services, 'enforcement' | 'throttle'>

/** Decides one question. @throws ServiceError as {@link meteredDecision}. */
export function decidedOn(question: Omit<AccessQuestion, 'rows'>, services: Sources): Decided {
  const request = accessRequest(question)
  const decision = services.enforcement === 'off' ? unenforced(request) : meteredDecision(request, services)
  return { action: question.action, decision, facts: question.facts, resource: question.resource, request }
}

/**
 * Decides. The account of the caller pays for what its policies, and the values that it sends, take to compare.
 *
 * @throws ServiceError ThrottlingException while that was more than its part.
 */
export function meteredDecision(request: AccessRequest, { throttle }: Pick<Services, 'throttle'>): Decision {
  const payer = payerOf(request.principal)
  throttle?.admitDecision(payer)
  const work = new Work()
  const decision = decide(request, work)
  throttle?.decided(payer, work.spent + work.prepared)
  return decision
}

/**
 * The only rule of a development server without enforcement: everything is allowed in the caller's own account, and
 * nothing in others.
 */
function unenforced({ principal, action, resource }: AccessRequest): Decision | Unenforced {
  if (resource.accountId === principal.accountId) return { allowed: true, reason: 'not-enforced', basis: [] }
  const sentence = hiddenDenial({ principal, action, resource })
  return { allowed: false, reason: 'not-the-owner', basis: [], sentence }
}

/** The decision, with a denial in the service's own words where it has some. */
export function worded(decided: Decided, denial: string | undefined): Decided {
  const { decision } = decided
  if (decision.allowed || denial === undefined) return decided
  return { ...decided, decision: { ...decision, sentence: denial } }
}

/** @throws ServiceError what a denied caller is told. */
export function requireAllowed({ decision }: Pick<Decided, 'decision'>): void {
  if (!decision.allowed) throw serviceError('AccessDeniedException', decision.sentence)
}
