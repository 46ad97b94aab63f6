import { explain } from '../authorization/explain/explain.ts'
import type { Explanation } from '../authorization/explain/explanation.ts'
import { REASONS } from '../authorization/reasons.ts'
import { keyArn } from '../keys/arns.ts'
import type { Services } from '../operations/services.ts'
import { ask, type KeyAsked } from './ask.ts'
import { findKey, type NamedKey } from './find-key.ts'
import { keyActionNamed } from './key-actions.ts'
import { askerNamed, soleAdministrator } from './principals.ts'
import { proposeCalls } from './propose-calls.ts'
import type { ProposedCall } from './proposed-call.ts'

/** What is asked about. */
export interface KeyQuestion extends NamedKey {
  /** `Decrypt`, or `kms:Decrypt` */
  action: string
  encryptionContext?: Readonly<Record<string, string>>
}

export interface AccessAnswer {
  allowed: boolean
  principal: string
  action: string
  key: string
  reason: string
  sentence: string
  explanation: Explanation
  /** What an administrator would call to have it allowed. */
  calls: ProposedCall[]
}

/** Whether a principal, the only administrator unless named, may do something to a key. Throws {@link AccessError}. */
export async function canI(question: KeyQuestion, as: string | undefined, services: Services): Promise<AccessAnswer> {
  const asked = await keyAsked(question, services)
  const asker = await (as === undefined ? soleAdministrator(services) : askerNamed(as, services))
  const { request } = await ask(asker, asked, services)
  const explanation = explain(request)
  const { allowed, reason } = explanation.decision
  return {
    allowed,
    principal: asker.name,
    action: asked.action,
    key: keyArn(asked.found.key.value),
    reason,
    sentence: REASONS[reason],
    explanation,
    calls: await proposeCalls(explanation.change ?? [], request, { services, sessionPolicies: [] }),
  }
}

/** The question with its key and action found. Throws {@link AccessError}. */
export async function keyAsked(
  { action, encryptionContext, ...named }: KeyQuestion,
  services: Services,
): Promise<KeyAsked> {
  await services.directory.catchUp()
  const { conditions: conditionsOf, ...known } = keyActionNamed(action)
  const found = await findKey(named, services)
  const conditions = await conditionsOf(found, services)
  return { ...known, found, conditions, ...(encryptionContext && { encryptionContext }) }
}
