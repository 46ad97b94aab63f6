import { type Mutant, mistakesIn } from '../../tools/testing/mutants/mutant.ts'

const TESTS = 'packages/server/test/domain/policy'
const inFile = mistakesIn('packages/server/src/domain/policy', [`${TESTS}/decide.test.ts`])

/** Mistakes in the decision, each of which would let a caller in or keep one out. */
export const decisionMutants: readonly Mutant[] = [
  ...inFile('decide.ts', [
    ['denies are not looked at', 'if (evidence.deny)', 'if (false)'],
    [
      'a deny does not hold against what names the principal',
      'if (evidence.deny)',
      'if (evidence.deny && !evidence.principal)',
    ],
    ['a grant overrides a deny', 'if (evidence.deny)', "if (evidence.deny && evidence.principal?.layer !== 'grant')"],
    ['services are like users', 'if (!isMemberOfAccount(request.principal))', 'if (false)'],
    ['other accounts are like the own one', 'if (!ownsResource(request))', 'if (false)'],
    ['every account is another', 'if (!ownsResource(request))', 'if (true)'],
    [
      'a service counts with its account',
      'return principal ? allowed',
      'return arguments[0].account || principal ? allowed',
    ],
    ['resources of others need no policy', "if (typeof request.resource.policy === 'string')", 'if (false)'],
    ['across accounts the resource side is not needed', "if (!resourceSide) return refused('no-resource-allow')", ''],
    [
      'across accounts only the principal itself can be named',
      'evidence.principal ?? evidence.role ?? evidence.account',
      'evidence.principal',
    ],
    [
      'across accounts a role is not named',
      'evidence.principal ?? evidence.role ?? evidence.account',
      'evidence.principal ?? evidence.account',
    ],
    [
      'across accounts the identity side is not needed',
      "unless(identityLacks(request, evidence), 'both-accounts'",
      "unless(undefined, 'both-accounts'",
    ],
    ['across accounts a grant is not enough', 'if (evidence.grant) {', 'if (false) {'],
    [
      'across accounts nothing limits what a grant gives',
      'unless(limitsLack(request, evidence), BY_GRANT[to]',
      'unless(undefined, BY_GRANT[to]',
    ],
    [
      'across accounts a grant needs an allow of the identity',
      'unless(limitsLack(request, evidence), BY_GRANT[to]',
      'unless(identityLacks(request, evidence), BY_GRANT[to]',
    ],
    [
      'across accounts only limits count',
      "unless(identityLacks(request, evidence), 'both-accounts'",
      "unless(limitsLack(request, evidence), 'both-accounts'",
    ],
    [
      'what names the principal is limited',
      "if (principal) return allowedBy('principal', principal)",
      "if (principal) return unless(limitsLack(request, evidence), reasonOf('principal', principal), [])",
    ],
    [
      'what names the role is not limited',
      "unless(limitsLack(request, evidence), reasonOf('role', role)",
      "unless(undefined, reasonOf('role', role)",
    ],
    [
      'what names the role needs identity policies',
      "unless(limitsLack(request, evidence), reasonOf('role', role)",
      "unless(identityLacks(request, evidence), reasonOf('role', role)",
    ],
    [
      'delegation is enough',
      "identityLacks(request, evidence), reasonOf('account', account)",
      "undefined, reasonOf('account', account)",
    ],
    [
      'delegation is limited, but needs no identity policy',
      "identityLacks(request, evidence), reasonOf('account', account)",
      "limitsLack(request, evidence), reasonOf('account', account)",
    ],
    ['a root is its account everywhere', "request.principal.type === 'Root' ? 'account-root'", "true ? 'account-root'"],
    ['a root needs identity policies', " && request.principal.type !== 'Root'", ''],
    [
      'no principal needs identity policies',
      "if (!evidence.identity && request.principal.type !== 'Root')",
      'if (false)',
    ],
    ['the boundary does not limit', 'if (identity.boundary && !boundary)', 'if (false)'],
    ['a missing boundary limits', 'if (identity.boundary && !boundary)', 'if (!boundary)'],
    ['session policies do not limit', "identity.session && !session ? 'no-session-allow' : undefined", 'undefined'],
    [
      'an empty list of session policies does not limit',
      'identity.session && !session',
      'identity.session?.length && !session',
    ],
    [
      'identity policies delegate',
      'return unless(identityLacks(request, evidence), reason, identitySide',
      'return unless(undefined, reason, identitySide',
    ],
    ['grants are called policies', "layer === 'grant' ? BY_GRANT[how] : BY_POLICY[how]", 'BY_POLICY[how]'],
    [
      'nothing said is allowed',
      "  return refused('no-resource-allow')\n}\n\n/**\n * Decides about resources without",
      "  return unless(undefined, 'identity-policy', [])\n}\n\n/**\n * Decides about resources without",
    ],
  ]),
  ...inFile('decide.ts', [
    ['operations that are confined are not', "if (isOutOfReach(request)) return refused('confined-to-account')", ''],
    [
      'services of other accounts are not confined',
      'if (isOutOfReach(request))',
      'if (isMemberOfAccount(request.principal) && isOutOfReach(request))',
    ],
    [
      'only those without a grant are confined',
      'if (isOutOfReach(request))',
      'if (!request.grants.length && isOutOfReach(request))',
    ],
    [
      'only those without a permission are confined',
      'if (isOutOfReach(request))',
      'if (!evidence.principal && isOutOfReach(request))',
    ],
    [
      'another account with a root is in reach',
      'if (isOutOfReach(request))',
      "if (request.principal.type !== 'Root' && isOutOfReach(request))",
    ],
  ]),
  ...inFile('ownership.ts', [
    ['every operation is confined', '!request.acrossAccounts && !ownsResource', '!ownsResource'],
    [
      'confined operations are denied to all',
      '!request.acrossAccounts && !ownsResource(request)',
      '!request.acrossAccounts',
    ],
    ['only what works across accounts is confined', '!request.acrossAccounts', 'request.acrossAccounts'],
    ['what cannot be named is owned', 'resource.arn !== undefined && resource', 'resource'],
    ['the owner is not compared', ' && resource.accountId === principal.accountId', ''],
  ]),
  ...inFile('evidence.ts', [
    [
      'NotPrincipal spares who has a boundary',
      'const hasBoundary = identity.boundary !== undefined',
      'const hasBoundary = false',
    ],
    [
      'NotPrincipal exempts no principal',
      'const hasBoundary = identity.boundary !== undefined',
      'const hasBoundary = true',
    ],
    [
      'a session policy counts as a boundary for NotPrincipal',
      'const hasBoundary = identity.boundary !== undefined',
      'const hasBoundary = (identity.boundary ?? identity.session) !== undefined',
    ],
    ['the resource policy cannot deny', "if (deny) evidence.deny = said('resource policy', name, deny)", ''],
    ['the identity side cannot deny', 'if (deny) evidence.deny ??= said(layer, name, deny)', ''],
    ['the last deny is named', 'if (deny) evidence.deny ??= said', 'if (deny) evidence.deny = said'],
    [
      'documents behind the first allow are not asked',
      'const found = ask(layer, policy, asked, evidence, work)',
      'if (allow) break\n    const found = ask(layer, policy, asked, evidence, work)',
    ],
    ['only the last document allows', 'allow ??= found', 'allow = found'],
    [
      'the boundary is not asked',
      'if (identity.boundary) evidence.boundary = ask',
      'if (false) evidence.boundary = ask',
    ],
    [
      'a session policy counts as a boundary',
      "evidence.session = askAll('session policy', identity.session",
      "evidence.session = askAll('permissions boundary', identity.session",
    ],
    ['grants are not looked at', 'if (how) granted[how] ??=', 'if (false) granted[how] ??='],
    ['every grant names the principal', 'if (how) granted[how] ??=', 'if (how) granted.principal ??='],
    [
      'grants come before the policy',
      'evidence.principal ??= granted.principal',
      'evidence.principal = granted.principal ?? evidence.principal',
    ],
    [
      'across accounts a grant to a role is none',
      'else if (granted.role) evidence.grant',
      'else if (false) evidence.grant',
    ],
    [
      'across accounts a grant to an account is one to its users',
      'else if (granted.role)',
      'else if (granted.account)',
    ],
    ['a role counts as the session', 'if (allow.role) evidence.role =', 'if (allow.role) evidence.principal ??='],
    [
      'delegation counts as naming',
      'if (allow.account) evidence.account =',
      'if (allow.account) evidence.principal ??=',
    ],
    [
      'a boundary is an identity policy',
      'return allow.principal && said(layer, name, allow.principal)',
      'return (evidence.identity ??= allow.principal && said(layer, name, allow.principal))',
    ],
  ]),
  ...inFile(
    'denial.ts',
    [
      ['other accounts learn which side denied', 'isInsider(request) ? CLAUSES', 'true ? CLAUSES'],
      [
        'services of the account learn which side denied',
        'isMemberOfAccount(request.principal) && ownsResource',
        'ownsResource',
      ],
      ['those who do not own it learn which side denied', ' && ownsResource(request)', ''],
      [
        'others learn the name of what they may not know',
        'on ${resource.hiddenAs} ${HIDDEN}',
        'on ${resource.hiddenAs} ${resource.named ?? resource.arn} ${HIDDEN}',
      ],
      ['others of KMS are told as IAM tells', "action.startsWith('iam:') ?", 'true ?'],
      ['a denial names a resource that does not exist yet', 'resource.isNew ?', 'false ?'],
    ],
    [`${TESTS}/denial.test.ts`],
  ),
  ...inFile(
    'web-identity-trust.ts',
    [
      [
        'a statement without a subject is trusted',
        'if (tests.length > 0) return first(tests, valuesFault)',
        'return first(tests, valuesFault)',
      ],
      ['any operator names subjects', 'POSITIVE.includes(operator.toLowerCase())', 'true'],
      ['operators count in one case alone', 'POSITIVE.includes(operator.toLowerCase())', 'POSITIVE.includes(operator)'],
      ['a condition on any key names subjects', '.filter(([name]) => name.toLowerCase() === key.toLowerCase())', ''],
      ['one value that names a subject is enough', 'values.every(namesSubjects)', 'values.some(namesSubjects)'],
      ['no value names all subjects', 'values.length > 0 && values', 'values'],
      ['wildcards name a subject', '&& !/^[*?]*$/.test(literal)', ''],
      ['a variable names a subject', "!literal.includes('${') && ", ''],
      ['NotPrincipal names providers', 'if (statement.NotPrincipal !== undefined)', 'if (false)'],
      ['everybody is trusted', "if (providers.includes('*'))", 'if (false)'],
      ['a list of principals with everybody is trusted', "list(aws).includes('*') ? ['*'] : []", '[]'],
      [
        'only the first provider needs subjects',
        'return first(providers, (provider)',
        'return first(providers.slice(0, 1), (provider)',
      ],
      [
        'only the first statement is looked at',
        'return first(statements, (statement, index)',
        'return first(statements.slice(0, 1), (statement, index)',
      ],
      ['NotAction allows nothing', 'list(notAction ?? action)', 'list(action)'],
      ['a pattern that is too much work allows nothing', ' || work.exhausted', ''],
      [
        'a lone statement is not looked at',
        "return statementFault(members(statements), '$.Statement')",
        'return undefined',
      ],
    ],
    [`${TESTS}/web-identity-trust.test.ts`],
  ),
  ...inFile(
    'default-policy.ts',
    [
      [
        'any other account is the own one',
        'canonical(defaultDocument(accountId, partition))',
        'canonical(defaultDocument(/[0-9]{12}/.exec(text)?.[0] ?? accountId, partition))',
      ],
      [
        'one statement more is the default',
        'canonical(parseOrUndefined(text)) ===',
        'canonical({ ...parseOrUndefined(text), Statement: parseOrUndefined(text)?.Statement?.slice(0, 1) }) ===',
      ],
    ],
    [`${TESTS}/default-policy.test.ts`],
  ),
]
