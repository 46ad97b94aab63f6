import { ServiceError } from '@keyhold/protocol'
import type { GrantRecord } from '../../domain/policy/grant-record.ts'
import { explain } from '../../domain/policy/explain/explain.ts'
import type { Explanation } from '../../domain/policy/explain/explanation.ts'
import { REASONS } from '../../domain/policy/reasons.ts'
import { keyArn } from '../../domain/keys/arns.ts'
import { grantsOfTokens } from '../../execution/grant-tokens.ts'
import type { Serving } from '../../execution/operations.ts'
import { AccessError } from './access-error.ts'
import { ask, type KeyAsked } from './ask.ts'
import { findKey, type NamedKey } from './find-key.ts'
import { keyActionNamed } from './key-actions.ts'
import { askerNamed, soleAdministrator } from './principals.ts'
import { type AskedQuorum, quorumOf } from './quorum-of.ts'
import { proposeCalls } from './propose-calls.ts'
import type { ProposedCall } from './proposed-call.ts'

/** Source: AWS KMS API Reference, GrantTokens: array members, at most 10. */
const MOST_GRANT_TOKENS = 10

/** A question about an action on a key. */
export interface KeyQuestion extends NamedKey {
  /** `Decrypt`, or `kms:Decrypt` */
  action: string
  encryptionContext?: Readonly<Record<string, string>>
  /** The grant tokens in the request: at most {@link MOST_GRANT_TOKENS}. */
  grantTokens?: readonly string[]
}

/** Whether the action is allowed, and how to allow it. */
export interface AccessAnswer {
  allowed: boolean
  principal: string
  action: string
  key: string
  reason: string
  sentence: string
  explanation: Explanation
  /** The calls by which an administrator can allow it. */
  calls: ProposedCall[]
  /** The quorum rules whose approvers must approve it, if policies allow it. */
  quorum?: AskedQuorum[]
}

/**
 * Returns whether a principal, by default the only administrator, can perform an action on a key. Throws {@link
 * AccessError}.
 */
export async function canI(question: KeyQuestion, as: string | undefined, services: Serving): Promise<AccessAnswer> {
  const asked = await keyAsked(question, services)
  const asker = await (as === undefined ? soleAdministrator(services) : askerNamed(as, services))
  const { request } = await ask(asker, asked, services)
  const explanation = explain(request)
  const { allowed, reason } = explanation.decision
  const quorum = await quorumOf(asked.operation, asked.found.key.value, services)
  return {
    ...(quorum.length > 0 && { quorum }),
    allowed,
    principal: asker.name,
    action: asked.action,
    key: keyArn(asked.found.key.value),
    reason,
    sentence: REASONS[reason],
    explanation,
    calls: await proposeCalls([{ edits: explanation.change ?? [], request }], { services, sessionPolicies: [] }),
  }
}

/** Finds the key and the action of a question. Throws {@link AccessError}. */
export async function keyAsked(
  { action, encryptionContext, grantTokens = [], ...named }: KeyQuestion,
  services: Serving,
): Promise<KeyAsked> {
  await services.directory.catchUp()
  const { conditions: conditionsOf, byNamedGrant, ...known } = keyActionNamed(action, services)
  const found = await findKey(named, services)
  const conditions = await conditionsOf(found, services)
  const tokenGrants = await grantsNamed(grantTokens, found.key.value.region, services)
  if (byNamedGrant && grantTokens.length !== 1) {
    throw new AccessError(
      'question',
      `${known.action} is decided by the grant itself: name a grant by its grant token.`,
    )
  }
  return { ...known, found, conditions, tokenGrants, ...(encryptionContext && { encryptionContext }) }
}

/**
 * Returns the grants that the service would find for these tokens in a request to the key's Region. Throws {@link
 * AccessError}.
 */
async function grantsNamed(tokens: readonly string[], region: string, services: Serving): Promise<GrantRecord[]> {
  if (tokens.length > MOST_GRANT_TOKENS) {
    throw new AccessError('question', `A request has at most ${MOST_GRANT_TOKENS} grant tokens.`)
  }
  try {
    return await grantsOfTokens(tokens, region, services)
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error
    const message = `The service would refuse the request in ${region} for every caller: ${error.message}`
    throw new AccessError('question', message)
  }
}
