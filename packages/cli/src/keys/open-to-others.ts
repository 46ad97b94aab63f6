import type { GrantListEntry } from '@keyhold/protocol'
import { keepsToAccount } from './keeps-to-account.ts'

/** A principal of another account that the key lets in, if that account allows it too. */
export interface Outsider {
  /** An account; `*` for everybody; or a name whose account cannot be told. */
  who: string
  /** What allows the access: `statement NAME`, or `grant ID`. */
  by: string
  /** Whether only under conditions, of a statement or of a grant. */
  conditional: boolean
}

/** A statement of a policy as IAM writes it, before anything of it is believed. */
interface Statement {
  Sid?: unknown
  Effect?: unknown
  Principal?: unknown
  NotPrincipal?: unknown
  Condition?: unknown
}

/**
 * Which principals outside of `account` a key policy allows something. What a Deny takes back is not counted: that would need the
 * request. A condition that keeps everybody to `account` is, as AWS's own keys are shared like this.
 *
 * @throws SyntaxError when the text is no policy.
 */
export function outsidersOfPolicy(text: string, account: string): Outsider[] {
  return statementsOf(text).flatMap((statement, index) => {
    const { Sid, Effect, Condition } = statement
    if (Effect !== 'Allow' || keepsToAccount(Condition, account)) return []
    const by = `statement ${typeof Sid === 'string' && Sid !== '' ? Sid : String(index + 1)}`
    const others = new Set(allowed(statement).map(accountOf).filter(isOther(account)))
    return [...others].map((who) => ({ who, by, conditional: isConditional(Condition) }))
  })
}

/** Which principals outside of `account` grants let in. Services act for the account that the grant names. */
export function outsidersOfGrants(grants: readonly GrantListEntry[], account: string): Outsider[] {
  return grants.flatMap(({ GrantId = '', GranteePrincipal = '', Constraints = {} }) => {
    const who = isService(GranteePrincipal) ? undefined : accountOf(GranteePrincipal)
    const conditional = Object.keys(Constraints).length > 0
    return isOther(account)(who) ? [{ who, by: `grant ${GrantId}`, conditional }] : []
  })
}

function statementsOf(text: string): Statement[] {
  const policy: unknown = JSON.parse(text)
  const statements = isObject(policy) ? policy['Statement'] : undefined
  const all: unknown[] = Array.isArray(statements) ? statements : [statements]
  if (!all.every(isObject)) throw new SyntaxError('The policy has no statements.')
  return all
}

/** Every principal that a statement names. Services are left out; NotPrincipal lets in everyone it does not name. */
function allowed({ Principal, NotPrincipal }: Statement): string[] {
  if (NotPrincipal !== undefined) return ['*']
  if (typeof Principal === 'string') return [Principal]
  if (!isObject(Principal)) return []
  const named = Object.entries(Principal).filter(([type]) => type !== 'Service')
  return named.flatMap(([, names]) => names).filter((name) => typeof name === 'string')
}

/** Nothing for an id such as AIDA…: a policy shows a deleted principal so, and the id is never used again. */
function accountOf(principal: string): string | undefined {
  if (/^A[A-Z0-9]{15,}$/.test(principal)) return undefined
  return /^arn:[^:]*:[^:]*:[^:]*:([^:]+):/.exec(principal)?.[1] ?? principal
}

function isOther(account: string): (who: string | undefined) => who is string {
  return (who): who is string => who !== undefined && who !== '' && who !== account
}

function isService(principal: string): boolean {
  return !principal.includes(':') && principal.includes('.')
}

function isConditional(condition: unknown): boolean {
  return isObject(condition) && Object.keys(condition).length > 0
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
