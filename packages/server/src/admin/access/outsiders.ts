import { parseArn } from '@keyhold/protocol'
import { parsePolicy } from '../../domain/policy/language/parse.ts'
import { principalsOf } from '../../domain/policy/language/document.ts'
import { presentNames, readableParty } from '../../identity/directory/present-names.ts'
import type { Services } from '../../execution/services.ts'
import { grantTable } from '../../vault/records/grant.ts'
import { everyRow } from '../../vault/storage/page.ts'
import type { KeyAsked } from './ask.ts'
import { type Asker, findAsker, rootOf } from './principals.ts'

/** A principal that a key's policy or grants name. */
export interface NamedOutsider {
  asker: Asker
  /** The account whose policies are not known here. */
  ifAllowedBy?: string
}

/** An account that cannot exist: its permissions are those that everyone has. */
const EVERY_ACCOUNT = '*'

/**
 * Returns the principals that a key's policy or grants name and that are not among the folder's own users, roles, roots
 * and services: single role sessions, unregistered services, and principals of unknown accounts.
 */
export async function namedElsewhere(
  asked: KeyAsked,
  accounts: readonly string[],
  services: Services,
): Promise<NamedOutsider[]> {
  const names = new Set([...(await namedByPolicy(asked, services)), ...(await grantees(asked, services))])
  const outsiders = await Promise.all([...names].map((name) => outsider(name, accounts, services)))
  return outsiders.filter((one) => one !== undefined)
}

async function namedByPolicy({ found }: KeyAsked, { directory }: Services): Promise<string[]> {
  const stored = (await directory.keyPolicy(found.key.value))?.stored.value
  const { policy } = parsePolicy(stored?.text ?? '', 'key')
  if (stored === undefined || policy === undefined) return []
  const texts = principalsOf(policy).map(({ text }) => text)
  const names = await presentNames(texts, stored, directory)
  return texts.map((text) => names.get(text) ?? text)
}

/**
 * A key has at most 50,000 grants, with far fewer different grantees. Retiring principals matter only if the question
 * names the grant by its token.
 */
async function grantees({ found, tokenGrants }: KeyAsked, { records, directory }: Services): Promise<Set<string>> {
  const names = new Set<string>()
  for await (const { value } of everyRow((page) => records.listByOwner(grantTable, found.key.value, page))) {
    names.add(await readableParty(value.grantee, directory))
  }
  for (const { retiring } of tokenGrants) if (retiring) names.add(await readableParty(retiring, directory))
  return names
}

async function outsider(
  name: string,
  accounts: readonly string[],
  services: Services,
): Promise<NamedOutsider | undefined> {
  if (name === '*') return { asker: { ...rootOf(EVERY_ACCOUNT), name: '*' }, ifAllowedBy: 'of the principal' }
  const accountId = /^\d{12}$/.test(name) ? name : parseArn(name)?.account
  if (accountId !== undefined && !accounts.includes(accountId)) return stranger(name, accountId)
  if (accountId === undefined && name.includes('.')) return { asker: unregisteredService(name) }
  const known = /^\d{12}$/.test(name) ? undefined : await findAsker(name, services)
  return known && { asker: known }
}

/**
 * A principal of an unknown account, whose own policies must allow the action too. A root needs no policies of its
 * account.
 */
function stranger(name: string, accountId: string): NamedOutsider {
  const isAccount = name === accountId || name.endsWith(':root')
  const root = rootOf(accountId)
  const asker = isAccount ? root : { principal: { ...root.principal, arn: name, principalId: '' }, name }
  return { asker, ifAllowedBy: accountId }
}

function unregisteredService(name: string): Asker {
  return { principal: { type: 'Service', arn: name, principalId: name, accountId: '' }, name }
}
