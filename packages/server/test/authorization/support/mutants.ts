/** One small mistake in the sources, as a replacement of text, and what it would mean. */
export interface Mutant {
  file:
    | 'decide.ts'
    | 'ownership.ts'
    | 'evidence.ts'
    | 'grants/match.ts'
    | 'grants/constraints.ts'
    | 'grants/operations.ts'
    | 'grants/rules.ts'
  /** Stands once in the file. */
  from: string
  to: string
  means: string
}

function mutants(
  file: Mutant['file'],
  rows: readonly (readonly [means: string, from: string, to: string])[],
): Mutant[] {
  return rows.map(([means, from, to]) => ({ file, from, to, means }))
}

export const MUTANTS: readonly Mutant[] = [
  ...mutants('decide.ts', [
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
    ['nobody needs identity policies', "if (!evidence.identity && request.principal.type !== 'Root')", 'if (false)'],
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
      "  return refused('no-resource-allow')\n}\n\n/** Resources without",
      "  return unless(undefined, 'identity-policy', [])\n}\n\n/** Resources without",
    ],
  ]),
  ...mutants('decide.ts', [
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
  ...mutants('ownership.ts', [
    ['every operation is confined', '!request.acrossAccounts && !ownsResource', '!ownsResource'],
    [
      'operations that are confined are for nobody',
      '!request.acrossAccounts && !ownsResource(request)',
      '!request.acrossAccounts',
    ],
    ['only what works across accounts is confined', '!request.acrossAccounts', 'request.acrossAccounts'],
    ['what nobody can name is owned', 'resource.arn !== undefined && resource', 'resource'],
    ['the owner is not compared', ' && resource.accountId === principal.accountId', ''],
  ]),
  ...mutants('evidence.ts', [
    [
      'NotPrincipal spares who has a boundary',
      'const hasBoundary = identity.boundary !== undefined',
      'const hasBoundary = false',
    ],
    ['NotPrincipal spares nobody', 'const hasBoundary = identity.boundary !== undefined', 'const hasBoundary = true'],
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
    ['grants are not looked at', 'if (how) evidence[how] ??=', 'if (false) evidence[how] ??='],
    ['every grant names the principal', 'if (how) evidence[how] ??=', 'if (how) evidence.principal ??='],
    ['grants come before the policy', 'if (how) evidence[how] ??=', 'if (how) evidence[how] ='],
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
  ...mutants('grants/match.ts', [
    ['a grant is for every key', 'if (!isOnKey(grant, request.resource.arn)) return undefined', ''],
    ['the id of the key is not compared', ' && resource === `key/${grant.keyId}`', ''],
    [
      "an id that begins like the grant's is its key",
      'resource === `key/${grant.keyId}`',
      'resource?.startsWith(`key/${grant.keyId}`)',
    ],
    ['a grant is for related keys too', 'region === grant.region && ', ''],
    ["the key's account is not compared", 'accountId === grant.accountId && ', ''],
    ['an alias of that name is the key', 'resource === `key/${grant.keyId}`', 'resource?.endsWith(`/${grant.keyId}`)'],
    ["a key of another service is the grant's", " && service === 'kms'", ''],
    ['what follows the id does not count', ' && more.length === 0\n  return isKms', '\n  return isKms'],
    ['an unknown key has every grant', 'return isKms && region', 'return arn === undefined || isKms && region'],
    ['any operation is allowed', 'operation !== undefined && operations.includes(operation)', 'true'],
    [
      'operations that are not grantable are allowed',
      'const operation = grantOperation(action)',
      'const operation = action.slice(4)',
    ],
    ['constraints are not looked at', ' && meetsConstraints(grant.constraints, request) ? how', ' ? how'],
    [
      'immutable ids are not compared',
      'principalId === undefined ? grantee.arn === arn : grantee.principalId === principalId',
      'arn === arn',
    ],
    ['a grantee without an id matches nobody', 'grantee.principalId === undefined ? grantee.arn === arn : ', ''],
    ['a role is the session', "isParty(grantee, role)) return 'role'", "isParty(grantee, role)) return 'principal'"],
    ['sessions do not have the grants of their role', 'if (role && isParty(grantee, role))', 'if (false)'],
    ['a service is meant with its account', 'if (!isMemberOfAccount(principal)) return undefined', ''],
    ['accounts are not grantees', "isAccountRoot(grantee, principal.accountId) ? 'account' : undefined", 'undefined'],
    ['any account is meant', 'isRoot && account === accountId', 'isRoot && account !== undefined'],
    ['the source is not compared', '!isOnBehalfOf(request.conditions, sourceArn)', 'false'],
    [
      'constraints on the context bind every operation',
      "if (!takesEncryptionContext(grantOperation(request.action) ?? '')) return true",
      '',
    ],
    [
      'the source binds operations with a context only',
      'if (sourceArn !== undefined && !',
      "if (takesEncryptionContext(grantOperation(request.action) ?? '') && sourceArn !== undefined && !",
    ],
    [
      'EncryptionContextEquals is a subset',
      '!equalPairs(context, encryptionContextEquals)',
      '!includesPairs(context, encryptionContextEquals)',
    ],
    ['EncryptionContextSubset is not looked at', 'return !encryptionContextSubset ||', 'return true ||'],
    [
      'EncryptionContextSubset is the whole',
      '|| includesPairs(context, encryptionContextSubset)',
      '|| equalPairs(context, encryptionContextSubset)',
    ],
    [
      'a request without a context meets all',
      'const context = request.encryptionContext ?? NO_CONTEXT',
      'const context = request.encryptionContext\n  if (!context) return true',
    ],
  ]),
  ...mutants('grants/constraints.ts', [
    ['one pair is enough', 'Object.keys(wanted).every', 'Object.keys(wanted).some'],
    ['the number of pairs does not count', 'Object.keys(one).length === Object.keys(other).length &&', ''],
    ['only one side is compared', ' && includesPairs(other, one)', ''],
    [
      'values are folded',
      'context[other] === value && foldCase(other)',
      'foldCase(context[other]) === foldCase(value) && foldCase(other)',
    ],
    ['values do not count', 'context[other] === value && foldCase(other)', 'foldCase(other)'],
    ['names do not count', ' && foldCase(other) === foldCase(name)', ''],
    ['more than ASCII is folded', 'name.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())', 'name.toLowerCase()'],
    ['names are case-sensitive', 'name.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())', 'name'],
    ['any source will do', ' && values[0] === sourceArn', ''],
  ]),
  ...mutants('grants/operations.ts', [
    ['every service has grants', 'if (!action.startsWith(ACTION_PREFIX)) return undefined', ''],
    ['ReEncryptTo is free of constraints', "['ReEncryptTo', ENCRYPTION]", "['ReEncryptTo', MANAGEMENT]"],
    [
      'data keys are free of constraints',
      'DATA_KEY: GrantOperation = { encryptionContext: true',
      'DATA_KEY: GrantOperation = { encryptionContext: false',
    ],
    ['CreateGrant is bound by the context', "['CreateGrant', MANAGEMENT]", "['CreateGrant', ENCRYPTION]"],
  ]),
  ...mutants('grants/rules.ts', [
    ['operations may be added', '!parent.operations.includes(operation)', 'false'],
    ['the source may be exchanged', 'child.sourceArn === parent.sourceArn', 'child.sourceArn !== undefined'],
    ['the whole may be left out', '!parent.encryptionContextEquals ||', 'true ||'],
    ['the whole may be another whole', 'child !== undefined && equalPairs(child, parent)', 'child !== undefined'],
    ['pairs may be taken away', '!parent.encryptionContextSubset ||', 'true ||'],
    ['a subset cannot become the whole', 'includesPairs(encryptionContextEquals, pairs) || includes', 'includes'],
    ['a subset has to become the whole', ' || includesPairs(encryptionContextSubset, pairs)', ''],
  ]),
]
