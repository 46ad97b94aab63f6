import { type Mutant, mistakesIn } from '../../tools/testing/mutants/mutant.ts'

const TESTS = 'packages/server/test/domain/policy/explain'
const EXPLAIN = [`${TESTS}/explain.test.ts`]
const EDIT = [`${TESTS}/edit-document.test.ts`]
const inFile = mistakesIn('packages/server/src/domain/policy/explain', [`${TESTS}/change.test.ts`])

/** Mistakes in explanations, which would propose a change that allows more than was asked for, or one that does not help. */
export const explainMutants: readonly Mutant[] = [
  ...inFile(
    'explain.ts',
    [
      ['the boundary is not shown', 'identity.boundary && [identity.boundary]', 'undefined'],
      [
        'the session policies are not shown',
        "traceLayer('session policy', identity.session",
        "traceLayer('session policy', undefined",
      ],
      [
        'what is nearest is looked for everywhere',
        'nearestMiss(missing ?? [], layers',
        "nearestMiss(['resource policy', 'identity policy'], layers",
      ],
    ],
    EXPLAIN,
  ),
  ...inFile('change.ts', [
    ['denies stay', 'return [...lifted, ...(hasGrant', 'return [...(hasGrant'],
    ['denies that do not apply are lifted', "effect === 'Deny' && applies", "effect === 'Deny'"],
    ['a deny goes where a condition could spare the principal', 'conditions.length > 0 ?', 'conditions.length > 9 ?'],
    ['a grant is proposed that cannot hold the context', '&& !isTooLarge(contextOf(request))', ''],
    ['a grant is proposed to those who have none', 'usesGrants && isNarrow', 'isNarrow'],
    [
      'a grant of others on the key is as one of their own',
      "key && (grantee === 'principal' || grantee === 'role')",
      'key',
    ],
    ['a grant on another key is one on this', "key && (grantee === 'principal'", "(grantee === 'principal'"],
    [
      'a grant is proposed beside the allow that it replaces',
      'hasGrant ? allows.filter((edit) => !isIdentityAllow(edit)) : allows',
      'allows',
    ],
    ['a proposed grant is not bound to the context', '...(isBound && { encryptionContextEquals: context }),', ''],
    ['a proposed grant is to a name that another can get', 'hasId ? { arn, principalId } : { arn }', '{ arn }'],
    ['an allow is of all resources', 'Action: action, Resource: arn }', "Action: action, Resource: '*' }"],
    [
      'an allow of a key policy is of all keys',
      '...(!isTrustPolicy && { Resource: arn })',
      "...(!isTrustPolicy && { Resource: '*' })",
      { tests: [`${TESTS}/change.test.ts`] },
    ],
    [
      'an allow is of all actions',
      "return { Effect: 'Allow', Action: action,",
      "return { Effect: 'Allow', Action: 'kms:*',",
    ],
    ['a trust policy gets a resource', "arn.includes(':role/')", 'false'],
    ['an allow is to one session', 'return principal.role ?? principal', 'return principal'],
    ['a service is named as a user', "if (principal.type === 'Service') return { Service: principal.arn }", ''],
    [
      'every subject of a provider is allowed',
      "request.principal.type === 'WebIdentity' && subjectCondition(request)",
      'false',
    ],
  ]),
  ...inFile('bound.ts', [
    [
      'an allow is not bound to the context',
      'const own = [...principal, ...requestPairs(request)]',
      'const own = [...principal]',
    ],
    [
      'an allow in a boundary is for all who have it',
      'isAboutOthers(request, place) ? principalPair(request) : []',
      '[]',
    ],
    ['a root is its whole account', "return principal.type === 'Root'", 'return false'],
    [
      'conditions that held back are left out',
      'if (!named.has(name) && !OF_THE_MOMENT.has(name)) others.set',
      'if (false) others.set',
    ],
    [
      'a deny spares the principal in every context',
      'return [principal, ...pairs.map(',
      'return [principal, ...[].map(',
    ],
    ['conditions of statements about others bind an allow', 'principal !== false && action && resource', 'true'],
    [
      'a deny spares by a key that a service lacks',
      "principal.type === 'Service' ? 'aws:PrincipalServiceName' : PRINCIPAL_ARN",
      'PRINCIPAL_ARN',
    ],
    [
      'a wildcard in a path spares others',
      'key === PRINCIPAL_ARN && !/[*?]|\\$\\{/.test(value)',
      'key === PRINCIPAL_ARN',
    ],
    ['a value becomes a policy variable', "return value.replaceAll('${', '${$}{')", 'return value'],
    ['a key that is absent must have a value', "return [['Null', key, 'true']]", "return [['Null', key, 'false']]"],
  ]),
  ...inFile('missing.ts', [
    ['those who are out of reach can be allowed', 'isOutOfReach(request) || evidence.exhausted', 'evidence.exhausted'],
    ['a service needs an identity policy', 'if (!isMemberOfAccount(request.principal)) return', 'if (false) return'],
    [
      'a resource without a policy is given one',
      "const hasPolicy = typeof request.resource.policy === 'object'",
      'const hasPolicy = true',
    ],
    ['across accounts the identity side is enough', "resourceAllows ? [] : (['resource policy'] as const)", '[]'],
    [
      'delegation is enough',
      'if (evidence.account) return missingOnIdentitySide(request, evidence)',
      'if (evidence.account) return []',
    ],
    [
      'the limits of a role are passed by',
      'if (evidence.role) return missingLimits(request, evidence)',
      'if (evidence.role) return []',
    ],
    ['the boundary is passed by', 'identity.boundary && !boundary', 'false'],
    ['the session policies are passed by', 'identity.session && !session', 'false'],
    ['a root needs an identity policy', " && request.principal.type !== 'Root'", ''],
  ]),
  ...inFile(
    'nearest.ts',
    [
      ['the last of several is nearest', '<= miss.failed.length', '< miss.failed.length'],
      ['the furthest is nearest', 'nearest.failed.length <= miss', 'nearest.failed.length >= miss'],
      ['what denies is nearest to an allow', "effect === 'Allow' && !applies", '!applies'],
      [
        'a principal that does not match is not said',
        "principal === false ? [{ part: 'principal' as const }] : []",
        '[]',
      ],
      [
        'a constraint that fails is not said',
        'filter(({ holds }) => !holds)\n      .map(({ constraint,',
        'filter(({ holds }) => holds)\n      .map(({ constraint,',
      ],
    ],
    EXPLAIN,
  ),
  ...inFile(
    'edit-document.ts',
    [
      [
        'places of statements move with the first that goes',
        '.filter((_, index) => !removed.has(index))',
        '.filter((_, index) => !removed.has(index + 1))',
      ],
      [
        'a lone statement is lost',
        'Array.isArray(Statement) ? Statement : [Statement]',
        'Array.isArray(Statement) ? Statement : []',
      ],
      ['a further value replaces those that were spared', '[...values, value]', '[value]'],
      [
        'a further key replaces those of its operator',
        '[operator]: { ...present, ...Object',
        '[operator]: { ...Object',
      ],
      ['a further operator replaces the condition', 'return { ...result, [operator]', 'return { [operator]'],
      [
        'only the first of several conditions narrows',
        'edit.conditions.map((added) =>',
        'edit.conditions.slice(0, 1).map((added) =>',
      ],
    ],
    EDIT,
  ),
  ...inFile(
    'deleted-principals.ts',
    [
      ['a statement about deleted principals is about everyone', 'if (isEmpty(named)) return []', ''],
      [
        'an exception for a deleted principal is removed, and exempts no principal',
        'spared !== undefined && !isEmpty(spared) &&',
        'spared !== undefined &&',
      ],
      ['a session of a deleted role stays', "principal.split(':')[0] ?? ''", 'principal'],
    ],
    EDIT,
  ),
]
