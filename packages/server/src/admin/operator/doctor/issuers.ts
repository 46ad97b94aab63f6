import type { CompiledPolicy, StatementTrace } from '../../../domain/policy/language/contract.ts'
import type { PrincipalElement, Statement } from '../../../domain/policy/language/document.ts'
import { rootPrincipal } from '../../../identity/accounts/principals.ts'

/** An account gave another account, or itself, a grant with CreateGrant on a key. */
export interface HandedOn {
  issuer: string
  /** The account of the grantee. */
  to: string
}

/**
 * Returns which accounts' grants on a key are explained: those of accounts that can issue grants by themselves
 * (`mayIssue`: the key's account and those that its policy allows), and those of accounts that received CreateGrant
 * from one of these, over any number of grants. A grant of an account to itself explains nothing.
 */
export function explainedIssuers(
  mayIssue: (accountId: string) => boolean,
  handedOn: readonly HandedOn[],
): (accountId: string) => boolean {
  const given = new Set<string>()
  const isExplained = (accountId: string): boolean => given.has(accountId) || mayIssue(accountId)
  let before: number
  do {
    before = given.size
    for (const { issuer, to } of handedOn) if (isExplained(issuer)) given.add(to)
  } while (given.size > before)
  return isExplained
}

/** A key policy, compiled and as written. */
export interface AskedPolicy {
  compiled: CompiledPolicy
  statements: readonly Statement[]
  /** The accounts of registered services, by service name. */
  services: ReadonlyMap<string, string>
}

/**
 * Returns whether the policy could allow a principal of the account to create a grant on its key. Conditions on facts
 * that are no longer known, such as the address or the service that the request came through, count as met.
 */
export function letsCreateGrants(
  { compiled, statements, services }: AskedPolicy,
  accountId: string,
  keyArn: string,
): boolean {
  const values = new Map([
    ['kms:calleraccount', [accountId]],
    ['aws:principalaccount', [accountId]],
  ])
  const request = {
    principal: rootPrincipal(accountId).principal,
    hasBoundary: false,
    action: 'kms:CreateGrant',
    resource: keyArn,
    conditions: { get: (name: string) => values.get(name), isByDefault: () => false },
  }
  return compiled.trace(request).some((trace) => {
    const principals = statements[trace.statement.index]?.principals
    return couldAllow(trace) && principals !== undefined && couldName(principals, accountId, services)
  })
}

function couldAllow({ effect, action, resource, conditions }: StatementTrace): boolean {
  const couldHold = conditions.every(({ holds, found }) => holds || found === undefined)
  return effect === 'Allow' && action && resource && couldHold
}

/** Returns whether a statement can apply to a principal of the account. */
function couldName(
  { not, names }: PrincipalElement,
  accountId: string,
  services: ReadonlyMap<string, string>,
): boolean {
  if (not) return !names.some((name) => name.kind === 'account' && name.accountId === accountId)
  return names.some(({ kind, text, accountId: named }) => {
    if (kind === 'everyone' || kind === 'every-aws-principal') return true
    return kind === 'service' ? services.get(text) === accountId : named === accountId
  })
}
