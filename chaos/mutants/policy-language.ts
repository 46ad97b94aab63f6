import { type Mutant, mistakesIn } from '../../tools/testing/mutants/mutant.ts'

const LANGUAGE = 'packages/server/test/domain/policy/language'
const inFile = mistakesIn('packages/server/src/domain/policy/language', [LANGUAGE])

/** Mistakes in the policy language, each of which would let a caller in, keep one out, or let a server stall. */
export const policyLanguageMutants: readonly Mutant[] = [
  ...inFile(
    'conditions/operators.ts',
    [
      ['StringNotEquals is not negated', "'StringNotEquals', negated(", "'StringNotEquals', positive("],
      ['StringNotLike is not negated', "'StringNotLike', negated(", "'StringNotLike', positive("],
      ['NotIpAddress is not negated', "'NotIpAddress', negated(", "'NotIpAddress', positive("],
      ['ArnNotLike is not negated', "'ArnNotLike', negated(", "'ArnNotLike', positive("],
      ['StringEquals knows wildcards', "'StringEquals', positive(texts)", "'StringEquals', positive(patterns)"],
      ['StringLike knows none', "'StringLike', positive(patterns)", "'StringLike', positive(texts)"],
      [
        'IgnoreCase does not',
        "'StringEqualsIgnoreCase', positive(textsIgnoringCase)",
        "'StringEqualsIgnoreCase', positive(texts)",
      ],
      ['ArnEquals is matched as a text', "'ArnEquals', positive(arns)", "'ArnEquals', positive(patterns)"],
      ['less or equal is less', 'order <= 0', 'order < 0'],
      ['less is less or equal', 'order < 0', 'order <= 0'],
      ['greater is greater or equal', 'order > 0', 'order >= 0'],
      ['greater or equal is greater', 'order >= 0', 'order > 0'],
      [
        'numbers are compared as dates',
        "'NumericLessThan', positive(decimals(",
        "'NumericLessThan', positive(instants(",
      ],
      ['Null is Bool', 'absence: true', 'absence: false'],
      ['Null takes IfExists', '(operator.absence && (ifExists ||', '(operator.absence && ('],
      ['ForAllValues is ForAnyValue', "['ForAllValues', 'all']", "['ForAllValues', 'any']"],
      ['ForAnyValue is ForAllValues', "['ForAnyValue', 'any']", "['ForAnyValue', 'all']"],
      ['an unknown prefix is none', 'if (colon >= 0 && set === undefined) return undefined', ''],
    ],
    ['packages/server/test/domain/policy/language/conditions', LANGUAGE],
  ),
  ...inFile('conditions/compiled-condition.ts', [
    ['IfExists does not hold for a missing key', 'this.#whenMissing = ifExists || ', 'this.#whenMissing = '],
    ['ForAllValues does not hold for a missing key', "ifExists || set === 'all' || (", 'ifExists || ('],
    [
      'ForAnyValue with a negated operator holds for a missing key',
      'operator.negated && set === undefined',
      'operator.negated',
    ],
    ['a negated operator does not hold for a missing key', ' || (operator.negated && set === undefined)', ''],
    ['a key without values satisfies an Allow', "(effect === 'Deny' && this.#whenMissing)", 'this.#whenMissing'],
    ['one of several values satisfies an Allow', "(set === undefined && effect === 'Allow')", 'false'],
    ['all of several values must satisfy a Deny', "(set === undefined && effect === 'Allow')", '(set === undefined)'],
    [
      'a value that cannot be told leaves an Allow open',
      "if (negated && !wanted.complete && this.#effect === 'Allow') return false",
      '',
    ],
    ['a value that cannot be told voids a Deny', "!wanted.complete && this.#effect === 'Allow'", '!wanted.complete'],
    [
      'a key without values is there for Null',
      'found === undefined || found.length === 0 || conditions',
      'found === undefined || conditions',
    ],
    ['a default is there for Null', ' || conditions.isByDefault(this.#key)', ''],
    [
      'a value that cannot be read voids a Deny',
      "this.#whenUnreadable = effect === 'Deny'",
      'this.#whenUnreadable = false',
    ],
    [
      'a value that cannot be read satisfies an Allow',
      "this.#whenUnreadable = effect === 'Deny'",
      'this.#whenUnreadable = true',
    ],
    ['names of keys are compared with their case', 'condition.key.toLowerCase()', 'condition.key'],
    [
      'a condition without values satisfies an Allow',
      "values.length === 0) return this.#effect === 'Deny'",
      'values.length === 0) return true',
    ],
    [
      'a condition without values voids a Deny',
      "values.length === 0) return this.#effect === 'Deny'",
      'values.length === 0) return false',
    ],
  ]),
  ...inFile('conditions/comparators.ts', [
    [
      'the older version has variables',
      'parseTemplate(value, { variables, wildcards: false })',
      'parseTemplate(value, { variables: true, wildcards: false })',
    ],
    [
      'the older version has variables in ARNs',
      'prepareArn(parseTemplate(value, { variables, wildcards: true }))',
      'prepareArn(parseTemplate(value, { variables: true, wildcards: true }))',
    ],
  ]),
  ...inFile('patterns/template.ts', [
    ['one of several values is taken', 'values.length === 1 ? values[0] : undefined', 'values[0]'],
    [
      'a fallback replaces several values',
      'values.length === 1 ? values[0] : undefined',
      'values.length === 1 ? values[0] : fallback',
    ],
    [
      'a missing value is an empty text',
      'values.length === 0) return fallback',
      "values.length === 0) return fallback ?? ''",
    ],
    ['what variables bring in is not metered', '!work.spend(1 + value.length)', '!work.spend(1)'],
    [
      'an escaped star is a wildcard',
      'return { token: escaped, end: close + 1 }',
      'return { token: WILDCARDS[escaped] ?? escaped, end: close + 1 }',
    ],
  ]),
  ...inFile('patterns/glob.ts', [
    ['a text may be shorter than its pattern', 'if (length < this.#minimum) return false', ''],
    ['the end of a text is not compared', '|| !fits(this.#last, text, lastStart)', ''],
    ['the beginning of a text is not compared', '!fits(this.#first, text, start) ||', ''],
    ['what is found may be found again', 'position = found + piece.length', 'position = found'],
    [
      'a question mark may be nothing',
      'length += token === ANY_CHARACTER ? 1 :',
      'length += token === ANY_CHARACTER ? 0 :',
    ],
    ['searches are not metered', '!work.spend(promising ? 1 + piece.cost : 1)', '!work.spend(0)'],
  ]),
  ...inFile('patterns/arn-pattern.ts', [
    [
      'a value moves what follows it into another segment',
      "text === undefined || text.includes(':')",
      'text === undefined',
    ],
    [
      'fewer segments are enough without a star',
      'if (segments.length < SEGMENTS && template.at(-1) !== ANY_TEXT) return undefined',
      '',
    ],
    ['a resource’s account may be a variable', 'beforeLast.some((segment) => segment.some(isVariable))', 'false'],
  ]),
  ...inFile('statements/match-resources.ts', [
    ['NotResource is Resource', 'this.#not = not', 'this.#not = false'],
    [
      'an exception that cannot be told leaves an Allow open',
      "(this.#effect === 'Deny' || !resolved.includes(undefined))",
      'true',
    ],
    ['an exception that cannot be told voids a Deny', "this.#effect === 'Deny' || !resolved", '!resolved'],
  ]),
  ...inFile('statements/match-actions.ts', [
    ['NotAction is Action', 'this.#not = not', 'this.#not = false'],
    ['actions are compared with their case', 'values.map((value) => value.toLowerCase())', '[...values]'],
  ]),
  ...inFile('statements/match-principals.ts', [
    ['NotPrincipal is Principal', 'this.#not = not', 'this.#not = false'],
    ['* does not include services', 'return this.#everyone || this.#services', 'return this.#services'],
    ['only one form means all principals', "textsOf('everyone', 'every-aws-principal')", "textsOf('everyone')"],
    ['* includes web identities', "effect === 'Deny' && this.#everyone", 'this.#everyone'],
    ['a Deny for * exempts web identities', 'return isForAll || this.#providers', 'return this.#providers'],
    [
      'NotPrincipal * exempts no web identity',
      'this.#everyone || this.#providers.has(arn)',
      'this.#providers.has(arn)',
    ],
    ['NotPrincipal spares every web identity', 'this.#everyone || this.#providers.has(arn)', 'true'],
    ['a recreated principal inherits', "binding === 'any' || binding.id === principalId ||", 'true ||'],
    [
      'an ARN without a binding matches any principal',
      "BOUND.includes(kind) ? 'none' : 'any'",
      "BOUND.includes(kind) ? 'any' : 'any'",
    ],
    ['an id is a prefix of others', "&& principalId.charAt(role.id.length) === ':'", ''],
    [
      'a Deny exempts a user without their account',
      'if (!this.#listsAccount(accountId, resource)) return false\n    if (role !== undefined &&',
      'if (role !== undefined &&',
    ],
    ['a Deny spares a session without its role', 'if (role !== undefined && !this.#isListed(role)) return false', ''],
    ['a Deny spares a whole account', "return type === 'Root' || this.#isListed(principal)", 'return true'],
    [
      'an Allow reaches the session of a role that it leaves out',
      'return role === undefined || !this.#isMentioned(role)',
      'return true',
    ],
    ['an Allow for others reaches services', "if (type === 'Service' || type === 'WebIdentity') return false", ''],
    ['an account is a principal', "return type === 'Root' ? 'principal' : 'account'", "return 'principal'"],
    ['a role is a principal', "this.#isListed(role)) return 'role'", "this.#isListed(role)) return 'principal'"],
  ]),
  ...inFile('statements/compiled-statement.ts', [
    [
      'a Deny does not apply once the work is exhausted',
      "return this.effect === 'Deny' ? this.#matchesPrincipal(question) : false",
      'return false',
    ],
    ['exhausted work leaves an Allow open', 'if (!question.work.exhausted) return applies', 'return applies'],
    [
      'conditions are not looked at',
      'if (!condition.holds(question)) return false',
      'if (condition === undefined) return false',
    ],
  ]),
  ...inFile('values/address.ts', [
    ['an IPv4-mapped address is IPv6', 'return mapped ? words.slice(3) : words', 'return words'],
    ['octets may have leading zeros', 'value < 256 && !padded', 'value < 256'],
  ]),
  ...inFile('values/decimal.ts', [['negative numbers ascend with their size', 'a.negative ? 0 - size : size', 'size']]),
  ...inFile('values/instant.ts', [
    ['an offset is added', 'clockMs - zoneMs', 'clockMs + zoneMs'],
    ['a year is a second', 'areDigits(text) && text.length === 4 ?', 'false ?'],
  ]),
  ...inFile('grammar/conditions.ts', [
    [
      'an operator without keys is dropped',
      "return [{ path: keys.path, operator: name, key: '', values: [] }]",
      'return []',
    ],
  ]),
  ...inFile('put/accept.ts', [
    ['what is put has no rules of its own', 'if (fault !== undefined) return { fault }', ''],
    ['a key policy has no rules of its own', '    keyPolicyFault,\n', ''],
  ]),
  ...inFile('put/principal-rules.ts', [
    ['a canonical user may be named', "kind === 'canonical-user'", "kind === 'session'"],
  ]),
  ...inFile('put/key-policy-rules.ts', [
    ['Sids may repeat', 'if (seen.has(sid)) return', 'if (seen.has(path)) return'],
  ]),
  ...inFile('put/resource-rules.ts', [
    [
      'every partition is known',
      'if (partitionsOf(segments).some(',
      'if (segments !== undefined || partitionsOf(segments).some(',
    ],
    ['identities are in every partition', "['iam', 'sts']", "['sts']"],
    ['keys are in every partition', "service === 'kms' &&", "service === 'none' &&"],
    ['an ARN of IAM may have a Region', "region !== undefined && region !== '')", "region === 'none')"],
    ['an ARN of IAM may have any path', 'return isKnown ? undefined', 'return resource ? undefined'],
  ]),
  ...inFile('put/trust-policy-rules.ts', [
    [
      'a trust policy takes any action of STS',
      'matcher.matches(asked, work)) ||',
      'asked) || matcher === undefined ||',
    ],
    ['a trust policy takes a bare star', "kind === 'everyone'", "kind === 'id'"],
  ]),
  ...inFile('put/key-policy-rules.ts', [
    ['a key policy takes statements without actions', 'if (actions === undefined)', 'if (actions?.values === null)'],
    [
      'a key policy takes statements without resources',
      'if (resources === undefined)',
      'if (resources?.values === null)',
    ],
    [
      'a key policy allows all but a few',
      "effect === 'Allow' && principals?.not",
      "effect === 'Deny' && principals === undefined",
    ],
    ['a key policy takes conditions on aliases', ', /^kms:resourcealiases$/', ''],
    ['names of those conditions are compared with their case', 'one.test(key.toLowerCase())', 'one.test(key)'],
  ]),
  ...inFile('overly-permissive.ts', [['a Deny is told', "effect === 'Allow' ? conditions : []", 'conditions']]),
]
