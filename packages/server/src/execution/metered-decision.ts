import type { AccessRequest, Decision } from '../domain/policy/access.ts'
import { decide } from '../domain/policy/decide.ts'
import { Work } from '../domain/policy/language/patterns/work.ts'
import type { Services } from './services.ts'
import { payerOf } from './throttle/payer.ts'

/**
 * Decides. Whoever asks pays for what his policies, and the values he sends, take to compare. Throws ThrottlingException
 * while that was more than his part.
 */
export function meteredDecision(request: AccessRequest, { throttle }: Pick<Services, 'throttle'>): Decision {
  const payer = payerOf(request.principal)
  throttle?.admitDecision(payer)
  const work = new Work()
  const decision = decide(request, work)
  throttle?.decided(payer, work.spent + work.prepared)
  return decision
}
