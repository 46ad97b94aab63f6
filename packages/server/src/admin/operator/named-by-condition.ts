import { type NamedOperator, parseOperator } from '../../domain/policy/language/conditions/operators.ts'
import type { Condition, PolicyDocument, Statement } from '../../domain/policy/language/document.ts'
import { Work } from '../../domain/policy/language/patterns/work.ts'

/** The condition keys whose values are account ids. */
const OF_ACCOUNTS: readonly string[] = ['kms:calleraccount', 'aws:principalaccount', 'aws:sourceaccount']

/** The condition keys whose values are services. */
const OF_SERVICES: readonly string[] = [
  'kms:viaservice',
  'aws:calledvia',
  'aws:calledviafirst',
  'aws:calledvialast',
  'aws:principalservicename',
  'aws:principalservicenameslist',
]

/** Principals that include an account without naming it. A service acts for the resources of all accounts. */
const OPEN: readonly string[] = ['everyone', 'every-aws-principal', 'service']

/**
 * Returns the conditions by which a policy allows something to an account that its principals do not name. `{"AWS":
 * "*"}` with `kms:CallerAccount` applies to that account like its root ARN. A statement for everyone without such a
 * condition names no account.
 */
export function conditionsOnAccount(document: PolicyDocument, accountId: string): string[] {
  const inText = new RegExp(String.raw`(?<!\d)${accountId}(?!\d)`)
  return allowing(document, isOpen).flatMap((condition) =>
    valuesThat(condition, (value, named) => inText.test(value) || isPatternOf(accountId, value, condition, named)),
  )
}

/** Returns the conditions by which a policy allows something to principals that a service acts for. */
export function conditionsOnService(document: PolicyDocument, service: string): string[] {
  const [name = '', ...rest] = service.split('.')
  const isThe = (value: string): boolean => {
    const [first, ...others] = value.split('.')
    // In kms:ViaService, the Region follows the first part.
    return value === service || (first === name && others.slice(1).join('.') === rest.join('.'))
  }
  return allowing(document, () => true)
    .filter(({ key }) => OF_SERVICES.includes(key.toLowerCase()))
    .flatMap((condition) => valuesThat(condition, isThe))
}

function allowing({ statements }: PolicyDocument, isMeant: (statement: Statement) => boolean): Condition[] {
  return statements
    .filter(({ effect }) => effect === 'Allow')
    .filter(isMeant)
    .flatMap(({ conditions }) => conditions)
}

function isOpen({ principals }: Statement): boolean {
  return principals !== undefined && (principals.not || principals.names.some(({ kind }) => OPEN.includes(kind)))
}

/** As `key value`. Empty for an operator that holds for all values except its own. */
function valuesThat(
  { operator, key, values }: Condition,
  isWanted: (value: string, named: NamedOperator) => boolean,
): string[] {
  const named = parseOperator(operator)
  if (named === undefined || named.operator.negated || named.operator.absence) return []
  return values.filter((value) => isWanted(value, named)).map((value) => `${key} ${value}`)
}

/**
 * Returns whether a value such as `7777*` matches the account. A value without a digit, such as `*`, matches all
 * accounts and names none.
 */
function isPatternOf(accountId: string, value: string, { key }: Condition, { operator }: NamedOperator): boolean {
  if (!OF_ACCOUNTS.includes(key.toLowerCase()) || !/\d/.test(value)) return false
  const work = new Work()
  const conditions = { get: () => undefined, isByDefault: () => false }
  return operator.want([value], false).bind({ conditions, work }).match(accountId, work) === true
}
