/** What must hold of the decision and of grants. */
import type { AccessGrant, GrantConstraints } from '../../../../src/domain/policy/access.ts'
import type { decide } from '../../../../src/domain/policy/decide.ts'
import type { grantAllows, granteeMatch } from '../../../../src/domain/policy/grants/match.ts'
import type { childGrantFault } from '../../../../src/domain/policy/grants/rules.ts'
import { oracle } from '../oracle.ts'
import type { DecisionRow } from './decision-rows.ts'
import { grantRuleOf } from './grantable.ts'
import { type Compile, KEY, KEY_ARN, PRINCIPALS, requestOf, worldOf } from './world.ts'

interface Subject {
  decide: typeof decide
  grantAllows: typeof grantAllows
  granteeMatch: typeof granteeMatch
  childGrantFault: typeof childGrantFault
}

/** What each kind of document can be in the truth table. Every combination of them is asked. */
const DIMENSIONS: readonly (readonly string[])[] = [
  [
    '',
    'names-user',
    'names-role',
    'names-session',
    'names-everybody',
    'names-service',
    'names-user key-denies',
    'names-everybody key-spares-self',
    'names-everybody key-spares-account',
  ],
  ['', 'names-account'],
  [
    '',
    'grant-self',
    'grant-role',
    'grant-account',
    'grant-successor',
    'grant-other-operation',
    'grant-other-key',
    'grant-other-region',
    'grant-other-owner',
  ],
  ['', 'identity-allows', 'identity-denies'],
  ['', 'boundary-allows', 'boundary-silent', 'boundary-denies'],
  ['', 'session-allows', 'session-silent', 'session-denies'],
]

/** Resources without a policy of their own: the layers of the identity again, all of them. */
const WITHOUT_POLICY: readonly (readonly string[])[] = [
  ['no-policy', 'missing', 'unknown', 'nowhere'],
  ['', 'grant-self', 'grant-other-key'],
  ...DIMENSIONS.slice(3),
]

/** Every situation of the truth table, for operations that work across accounts and for those that do not. */
export function* situations(): Generator<{ who: string; words: string[] }> {
  for (const dimensions of [DIMENSIONS, WITHOUT_POLICY]) {
    const combinations = product([...dimensions, ['', 'confined']])
    for (const who of Object.keys(PRINCIPALS)) for (const words of combinations) yield { who, words }
  }
}

/** The first situation that decide() and the oracle see differently. */
export function firstDisagreement({ decide }: Pick<Subject, 'decide'>, compile: Compile): string | undefined {
  for (const { who, words } of situations()) {
    const world = worldOf(who, words)
    const { allowed, reason } = decide(requestOf(world, compile))
    const expected = oracle(world)
    if (allowed !== (expected === 'allow')) return `${who} ${words.join(' ')}: ${reason}, the oracle says ${expected}`
  }
  return undefined
}

/** What decide() gets wrong of one row written by hand. */
export function decisionProblem(
  { decide }: Pick<Subject, 'decide'>,
  row: DecisionRow,
  compile: Compile,
): string | undefined {
  const { reason } = decide(requestOf(worldOf(row.who, row.words), compile))
  return reason === row.reason
    ? undefined
    : `${row.who} ${row.words.join(' ')}: ${reason}, but ${row.reason}: ${row.why}`
}

/** What grantAllows() gets wrong of one row written by hand. */
export function grantProblem(
  { grantAllows }: Pick<Subject, 'grantAllows'>,
  row: readonly string[],
): string | undefined {
  const [action = '', operations = '', constraints = '', context = '', expected, why, arn = KEY_ARN] = row
  const grantee = { arn: 'arn:aws:iam::111122223333:user/alice', principalId: 'AIDAALICE' }
  const grant: AccessGrant = {
    grantId: 'g',
    ...KEY,
    operations: operations.split(','),
    grantee,
    constraints: parse(constraints),
  }
  const source = ['arn:aws:ec2:eu-central-1:111122223333:volume/vol-1']
  const allows = grantAllows(grant, {
    principal: { type: 'IAMUser', accountId: '111122223333', ...grantee },
    action,
    grantable: grantRuleOf(action),
    resource: { arn: arn === '-' ? undefined : arn },
    ...(context !== '-' && { encryptionContext: JSON.parse(context) as Record<string, string> }),
    conditions: { get: (name) => (name === 'aws:sourcearn' ? source : undefined), isByDefault: () => false },
  })
  return allows === (expected === 'yes' ? 'principal' : undefined)
    ? undefined
    : `${row.join(' ')}: ${allows}, but ${why}`
}

/** What granteeMatch() gets wrong of one row written by hand. */
export function granteeProblem(
  { granteeMatch }: Pick<Subject, 'granteeMatch'>,
  row: readonly string[],
): string | undefined {
  const [who = '', arn = '', principalId = '', expected, why] = row
  const grantee = principalId === '-' ? { arn } : { arn, principalId }
  const how = granteeMatch(grantee, worldOf(who, []).principal) ?? '-'
  return how === expected ? undefined : `${row.join(' ')}: ${how}, but ${why}`
}

/** What childGrantFault() gets wrong of one row written by hand. */
export function childProblem(
  { childGrantFault }: Pick<Subject, 'childGrantFault'>,
  row: readonly string[],
): string | undefined {
  const [operations = '', constraints = '', wanted = '', wantedConstraints = '', expected, why] = row
  const parent = { operations: operations.split(','), constraints: parse(constraints) }
  const fault = childGrantFault(parent, { operations: wanted.split(','), constraints: parse(wantedConstraints) })
  return (fault === undefined) === (expected === 'yes') ? undefined : `${row.join(' ')}: ${fault}, but ${why}`
}

function product(dimensions: readonly (readonly string[])[]): string[][] {
  return dimensions.reduce<string[][]>(
    (combinations, values) =>
      combinations.flatMap((words) =>
        values.map((value) => [...words, ...value.split(' ').filter((word) => word !== '')]),
      ),
    [[]],
  )
}

function parse(text: string): GrantConstraints {
  return JSON.parse(text) as GrantConstraints
}
