import { type NamedOperator, parseOperator } from '../../domain/policy/language/conditions/operators.ts'
import type { Condition, PolicyDocument, Statement } from '../../domain/policy/language/document.ts'
import { Work } from '../../domain/policy/language/patterns/work.ts'

/** The condition keys whose values are numbers of accounts. */
const OF_ACCOUNTS: readonly string[] = ['kms:calleraccount', 'aws:principalaccount', 'aws:sourceaccount']

/** Those whose values are services. */
const OF_SERVICES: readonly string[] = [
  'kms:viaservice',
  'aws:calledvia',
  'aws:calledviafirst',
  'aws:calledvialast',
  'aws:principalservicename',
  'aws:principalservicenameslist',
]

/** Principals among which an account is that no principal names. A service acts for the resources of all of them. */
const OPEN: readonly string[] = ['everyone', 'every-aws-principal', 'service']

/**
 * The conditions by which a document allows something to an account that its principals do not name: `{"AWS": "*"}` with
 * `kms:CallerAccount` means that account as its root does. What is for everybody without such a condition names nobody.
 */
export function conditionsOnAccount(document: PolicyDocument, accountId: string): string[] {
  const inText = new RegExp(String.raw`(?<!\d)${accountId}(?!\d)`)
  return allowing(document, isOpen).flatMap((condition) =>
    valuesThat(condition, (value, named) => inText.test(value) || isPatternOf(accountId, value, condition, named)),
  )
}

/** The conditions by which a document allows something to those for whom a service acts. */
export function conditionsOnService(document: PolicyDocument, service: string): string[] {
  const [name = '', ...rest] = service.split('.')
  const isThe = (value: string): boolean => {
    const [first, ...others] = value.split('.')
    // kms:ViaService has the Region behind the first part.
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

/** As `key value`; none of an operator that holds for all but its values. */
function valuesThat(
  { operator, key, values }: Condition,
  isWanted: (value: string, named: NamedOperator) => boolean,
): string[] {
  const named = parseOperator(operator)
  if (named === undefined || named.operator.negated || named.operator.absence) return []
  return values.filter((value) => isWanted(value, named)).map((value) => `${key} ${value}`)
}

/** Whether a value such as `7777*` means the account. One without a digit, such as `*`, means all of them and names none. */
function isPatternOf(accountId: string, value: string, { key }: Condition, { operator }: NamedOperator): boolean {
  if (!OF_ACCOUNTS.includes(key.toLowerCase()) || !/\d/.test(value)) return false
  const work = new Work()
  const conditions = { get: () => undefined, isByDefault: () => false }
  return operator.want([value], false).bind({ conditions, work }).match(accountId, work) === true
}
