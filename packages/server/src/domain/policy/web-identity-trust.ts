import type { JsonObject, JsonValue } from '@keyhold/protocol'
import { Work } from './language/patterns/work.ts'
import { ActionMatcher } from './language/statements/match-actions.ts'

/** What is wrong with a trust policy, and where: `$.Statement[0].Condition`. */
export interface TrustFault {
  path: string
  message: string
}

const ACTION = 'sts:assumerolewithwebidentity'

/**
 * Operators under which a statement applies only if the token's subject is one of those named. Negated operators,
 * `…IfExists` and `ForAllValues:…` are not among them, because they also hold without a subject.
 */
const POSITIVE: readonly string[] = ['stringequals', 'stringequalsignorecase', 'stringlike'].flatMap((operator) => [
  operator,
  `foranyvalue:${operator}`,
])

/**
 * Returns why a trust policy is refused because of web identities, or `undefined`. An issuer such as a public build
 * service signs tokens for all its users: a statement that trusts it without naming subjects trusts all of them. So
 * each statement that allows AssumeRoleWithWebIdentity must have a condition on the `sub` of each provider that it
 * names.
 *
 * The document must be well-formed. What this function cannot interpret is refused.
 */
export function webIdentityTrustFault(document: JsonValue): TrustFault | undefined {
  const { Statement: statements = [] } = members(document)
  if (!Array.isArray(statements)) return statementFault(members(statements), '$.Statement')
  return first(statements, (statement, index) => statementFault(members(statement), `$.Statement[${index}]`))
}

function statementFault(statement: JsonObject, path: string): TrustFault | undefined {
  if (statement.Effect === 'Deny' || !allowsWebIdentity(statement)) return undefined
  if (statement.NotPrincipal !== undefined)
    return {
      path: `${path}.NotPrincipal`,
      message: 'A statement that allows web identities must name their providers.',
    }
  const providers = providersOf(statement.Principal)
  if (providers.includes('*'))
    return { path: `${path}.Principal`, message: 'A statement that allows web identities must name their providers.' }
  return first(providers, (provider) => subjectFault(statement, `${provider}:sub`, path))
}

function allowsWebIdentity({ Action: action, NotAction: notAction }: JsonObject): boolean {
  const values = list(notAction ?? action).filter((value) => typeof value === 'string')
  const work = new Work()
  return new ActionMatcher({ not: notAction !== undefined, values }).matches(ACTION, work) || work.exhausted
}

/** The names of web identity providers, or `*` for all of them. Principals of other types are skipped. */
function providersOf(principal: JsonValue | undefined): string[] {
  if (typeof principal === 'string') return ['*']
  const { AWS: aws = [], Federated: federated = [] } = members(principal)
  const everybody = list(aws).includes('*') ? ['*'] : []
  return [...everybody, ...list(federated).flatMap((one) => (typeof one === 'string' ? providerName(one) : '*'))]
}

/** `arn:aws:iam::111122223333:oidc-provider/<name>`, or the bare name of a provider that AWS supports directly. */
function providerName(federated: string): string[] {
  if (/^arn:[^:]*:iam::[^:]*:saml-provider\//.test(federated)) return []
  return [federated.replace(/^arn:[^:]*:iam::[^:]*:oidc-provider\//, '')]
}

function subjectFault({ Condition: condition }: JsonObject, key: string, path: string): TrustFault | undefined {
  const tests = subjectTests(members(condition), key, `${path}.Condition`)
  if (tests.length > 0) return first(tests, valuesFault)
  return {
    path: `${path}.Condition`,
    message: `A statement that allows web identities must name their subjects: add a StringEquals or StringLike condition on ${key}.`,
  }
}

interface SubjectTest {
  values: JsonValue[]
  path: string
}

/** The tests of a condition that hold only for the subjects that they name. Condition keys are case-insensitive. */
function subjectTests(condition: JsonObject, key: string, path: string): SubjectTest[] {
  const operators = Object.entries(condition).filter(([operator]) => POSITIVE.includes(operator.toLowerCase()))
  return operators.flatMap(([operator, test]) =>
    Object.entries(members(test))
      .filter(([name]) => name.toLowerCase() === key.toLowerCase())
      .map(([name, values]) => ({ values: list(values), path: `${path}.${operator}[${JSON.stringify(name)}]` })),
  )
}

function valuesFault({ values, path }: SubjectTest): TrustFault | undefined {
  if (values.length > 0 && values.every(namesSubjects)) return undefined
  const message =
    'Each value must name a subject: it must not consist only of wildcards, and must not contain policy variables.'
  return { path, message }
}

/** A variable could resolve to the subject itself, which every subject equals. `${*}` and the like are plain text. */
function namesSubjects(value: JsonValue): boolean {
  if (typeof value !== 'string') return false
  const literal = value.replaceAll(/\$\{[*?$]\}/g, '-')
  return !literal.includes('${') && !/^[*?]*$/.test(literal)
}

function first<T>(
  values: readonly T[],
  faultOf: (value: T, index: number) => TrustFault | undefined,
): TrustFault | undefined {
  for (const [index, value] of values.entries()) {
    const fault = faultOf(value, index)
    if (fault !== undefined) return fault
  }
  return undefined
}

function list(value: JsonValue | undefined): JsonValue[] {
  if (value === undefined) return []
  return Array.isArray(value) ? value : [value]
}

function members(value: JsonValue | undefined): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {}
}
