/** A stand-in for the policy language that knows exact values and `*` only: enough to test what combines documents. */
import type {
  AllowedAs,
  CompiledPolicy,
  ConditionTrace,
  PolicyRequest,
  StatementTrace,
  Verdict,
} from '../../../../src/domain/policy/language/contract.ts'
import type { Document, Statement } from './world.ts'

const compiled = new Map<string, CompiledPolicy>()

/** Compiled once for each text, as tables ask the same documents thousands of times. */
export function fakePolicy(document: Document): CompiledPolicy {
  const text = JSON.stringify(document)
  const known = compiled.get(text) ?? compile(document)
  compiled.set(text, known)
  return known
}

function compile({ Statement }: Document): CompiledPolicy {
  const trace = (request: PolicyRequest): StatementTrace[] =>
    Statement.map((statement, index) => traceStatement(statement, index, request))
  return { trace, evaluate: (request) => verdictOf(trace(request)) }
}

function verdictOf(traces: readonly StatementTrace[]): Verdict {
  const verdict: Verdict = { allow: {} }
  for (const { applies, effect, principal, statement } of traces) {
    if (!applies) continue
    if (effect === 'Deny') verdict.deny ??= statement
    else verdict.allow[principal || 'principal'] ??= statement
  }
  return verdict
}

function traceStatement(statement: Statement, index: number, request: PolicyRequest): StatementTrace {
  const { Sid, Effect, Principal, NotPrincipal, Action, Resource, Condition = {} } = statement
  const others = NotPrincipal && (isSpared(NotPrincipal, request) ? false : 'principal')
  const principal = others ?? (Principal && principalMatch(Principal, Effect, request))
  const action = isLike(Action, request.action)
  const resource = isLike(Resource, request.resource)
  const conditions = traceConditions(Condition, request)
  const applies = principal !== false && action && resource && conditions.every(({ holds }) => holds)
  const reference = Sid === undefined ? { index } : { index, sid: Sid }
  const despite = NotPrincipal && principal && isSpared(NotPrincipal, { ...request, hasBoundary: false })
  return {
    statement: reference,
    effect: Effect,
    principal,
    ...(despite && { despiteNotPrincipal: true }),
    action,
    resource,
    conditions,
    applies,
  }
}

function principalMatch(
  named: NonNullable<Statement['Principal']>,
  effect: Statement['Effect'],
  { principal }: PolicyRequest,
): AllowedAs | false {
  const name = named === '*' ? named : Object.values(named)[0]
  if (name === '*') return everybodyMatch(principal, effect)
  if (name === principal.arn) return 'principal'
  if (name === principal.role?.arn) return 'role'
  // Of a service too: that its operator's account is not meant with it is for decide() to know.
  return name === `arn:aws:iam::${principal.accountId}:root` ? 'account' : false
}

/** A web identity is no AWS principal yet: an Allow for * does not include it. A federated user is what the user is. */
function everybodyMatch({ type }: PolicyRequest['principal'], effect: Statement['Effect']): AllowedAs | false {
  if (type === 'WebIdentity' && effect === 'Allow') return false
  return type === 'FederatedUser' ? 'role' : 'principal'
}

function isSpared(listed: NonNullable<Statement['NotPrincipal']>, { principal, hasBoundary }: PolicyRequest): boolean {
  const names = new Set(Object.values(listed).flat())
  const { type, arn, accountId, role = { arn } } = principal
  const root = ['IAMUser', 'AssumedRole'].includes(type) ? `arn:aws:iam::${accountId}:root` : arn
  return !hasBoundary && [arn, role.arn, root].every((form) => names.has(form))
}

function traceConditions(condition: NonNullable<Statement['Condition']>, request: PolicyRequest): ConditionTrace[] {
  return Object.entries(condition).flatMap(([operator, keys]) =>
    Object.entries(keys).map(([key, value]) => {
      const found = request.conditions.get(key.toLowerCase())
      const isEqual = operator === 'Null' ? String(found === undefined) === value : (found?.includes(value) ?? false)
      const holds = isEqual !== operator.includes('NotEquals')
      return { operator, key, wanted: [value], found, holds }
    }),
  )
}

function isLike(pattern: string, value: string): boolean {
  return pattern === '*' || pattern === value
}
