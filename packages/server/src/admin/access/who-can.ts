import type { Basis } from '../../domain/policy/access.ts'
import { reasonSentence } from '../../domain/policy/reasons.ts'
import { everyAccount } from '../../identity/directory/everybody.ts'
import type { Serving } from '../../execution/operations.ts'
import { ask, type KeyAsked } from './ask.ts'
import { type KeyQuestion, keyAsked } from './can-i.ts'
import { namedElsewhere } from './outsiders.ts'
import { type Asker, everyAsker } from './principals.ts'

/** A principal that is allowed the action. */
export interface Allowed {
  principal: string
  reason: string
  sentence: string
  basis: readonly Basis[]
  /** The account that must allow it too, if its policies are not in this data folder. */
  ifAllowedBy?: string
}

/**
 * Yields all principals that can perform an action on a key: users, roles (as their sessions), roots and services of
 * the data folder, and others that the key's policy or grants name. Throws {@link AccessError}.
 */
export async function* whoCan(question: KeyQuestion, services: Serving): AsyncGenerator<Allowed> {
  const asked = await keyAsked(question, services)
  const known = (await everyAccount(services)).map(({ accountId }) => accountId)
  // The accounts of a development server are those that its callers name, and are not stored.
  const accounts = [...new Set([asked.found.key.value.accountId, ...known])]
  const seen = new Set<string>()
  for await (const asker of everyAsker(accounts, services)) {
    seen.add(asker.name)
    const allowed = await allowedOf(asker, asked, services)
    if (allowed) yield allowed
  }
  for (const { asker, ifAllowedBy } of await namedElsewhere(asked, accounts, services)) {
    if (seen.has(asker.name)) continue
    seen.add(asker.name)
    const allowed = await allowedOf(asker, asked, services)
    if (allowed) yield { ...allowed, ...(ifAllowedBy !== undefined && !isGranted(allowed) && { ifAllowedBy }) }
  }
}

/** A grant to a principal needs no allow of their account. A grant to the account delegates the decision to it. */
function isGranted({ principal, reason }: Allowed): boolean {
  return reason === 'named-by-grant' && !principal.endsWith(':root')
}

async function allowedOf(asker: Asker, asked: KeyAsked, services: Serving): Promise<Allowed | undefined> {
  const { decision } = await ask(asker, asked, services)
  if (!decision.allowed) return undefined
  const { reason, basis } = decision
  return { principal: asker.name, reason, sentence: reasonSentence(reason), basis }
}
