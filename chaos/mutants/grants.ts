import { type Mutant, mistakesIn } from '../../tools/testing/mutants/mutant.ts'

const TESTS = 'packages/server/test/domain/policy'
const inFile = mistakesIn('packages/server/src/domain/policy/grants', [`${TESTS}/grants/match.test.ts`])

/** Mistakes in what grants allow, and in what one may be made by another. */
export const grantMutants: readonly Mutant[] = [
  ...inFile('match.ts', [
    ['a grant is for every key', 'if (!isOnKey(grant, request.resource.arn)) return undefined', ''],
    ['the id of the key is not compared', 'arn === keyArn', 'arn?.replace(/[^/]*$/, grant.keyId) === keyArn'],
    [
      "an id that begins like the grant's is its key",
      'return arn === keyArn(grant.region, grant.accountId, grant.keyId)',
      'return !!arn?.startsWith(keyArn(grant.region, grant.accountId, grant.keyId))',
    ],
    ['a grant is for related keys too', 'keyArn(grant.region, ', "keyArn(arn?.split(':')[3] ?? '', "],
    ["the key's account is not compared", 'grant.accountId, grant.keyId)', "arn?.split(':')[4] ?? '', grant.keyId)"],
    ["the key's partition is not compared", 'arn === keyArn', "arn?.replace(/^arn:[^:]*/, 'arn:aws') === keyArn"],
    ['an alias of that name is the key', 'arn === keyArn', "arn?.replace(':alias/', ':key/') === keyArn"],
    ["a key of another service is the grant's", 'arn === keyArn', "arn?.replace(':s3:', ':kms:') === keyArn"],
    ['what follows the id does not count', 'arn === keyArn', "arn?.split(':').slice(0, 6).join(':') === keyArn"],
    ['an unknown key has every grant', 'return arn === keyArn', 'return arn === undefined || arn === keyArn'],
    ['any operation is allowed', 'operation !== undefined && operations.includes(operation)', 'true'],
    [
      'operations that are not grantable are allowed',
      'const operation = grantOperation(request)',
      'const operation = request.action.slice(4)',
    ],
    ['what is not grantable is its action', 'grantable === false ? undefined : action', 'action'],
    ['no operation is bound by the context', 'grantable !== false && grantable.context', 'false'],
    [
      'every grantable operation is bound by the context',
      'grantable !== false && grantable.context',
      'grantable !== false',
    ],
    ['constraints are not looked at', ' && meetsConstraints(grant.constraints, request) ? how', ' ? how'],
    [
      'immutable ids are not compared',
      'principalId === undefined ? grantee.arn === arn : grantee.principalId === principalId',
      'arn === arn',
    ],
    ['a grantee without an id matches no principal', 'grantee.principalId === undefined ? grantee.arn === arn : ', ''],
    ['a role is the session', "isParty(grantee, role)) return 'role'", "isParty(grantee, role)) return 'principal'"],
    ['sessions do not have the grants of their role', 'if (role && isParty(grantee, role))', 'if (false)'],
    ['a service is meant with its account', 'if (!isMemberOfAccount(principal)) return undefined', ''],
    ['accounts are not grantees', "isAccountRoot(grantee, principal.accountId) ? 'account' : undefined", 'undefined'],
    ['any account is meant', 'grantee.arn === accountRoot(accountId)', '/^arn:aws:iam::\\d+:root$/.test(grantee.arn)'],
    ['an account is meant in any partition', 'return grantee.arn === ', "return grantee.arn.replace('-cn', '') === "],
    ['the source is not compared', '!isOnBehalfOf(request.conditions, sourceArn)', 'false'],
    ['constraints on the context bind every operation', 'if (!isBoundByContext(request)) return true', ''],
    [
      'the source binds operations with a context only',
      'if (sourceArn !== undefined && !',
      'if (isBoundByContext(request) && sourceArn !== undefined && !',
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
  ...inFile('constraints.ts', [
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
  ...inFile(
    'grant-rule.ts',
    [
      ['grants hold operations of every usage', "usage === 'any' || usage === key.usage", 'true'],
      ['grants hold operations for every sort of key', "keys === 'any' || keys === form(key)", 'true'],
      ['HMAC keys are asymmetric', "key.usage === 'GENERATE_VERIFY_MAC' ? 'neither' : 'asymmetric'", "'asymmetric'"],
    ],
    [`${TESTS}/grants/grant-rule.test.ts`],
  ),
  ...inFile(
    'rules.ts',
    [
      ['operations may be added', '!parent.operations.includes(operation)', 'false'],
      ['the source may be exchanged', 'child.sourceArn === parent.sourceArn', 'child.sourceArn !== undefined'],
      ['the whole may be left out', '!parent.encryptionContextEquals ||', 'true ||'],
      ['the whole may be another whole', 'child !== undefined && equalPairs(child, parent)', 'child !== undefined'],
      ['pairs may be taken away', '!parent.encryptionContextSubset ||', 'true ||'],
      ['a subset cannot become the whole', 'includesPairs(encryptionContextEquals, pairs) || includes', 'includes'],
      ['a subset has to become the whole', ' || includesPairs(encryptionContextSubset, pairs)', ''],
    ],
    [`${TESTS}/grants/rules.test.ts`],
  ),
  ...inFile(
    'grant-index.ts',
    [
      [
        'grants for an id alone are not found by name',
        'new Set([undefined, ...principalIds])',
        'new Set(principalIds)',
      ],
      [
        'grants that demand no source are not found',
        'sourceArn === undefined ? [undefined] : [undefined, sourceArn]',
        '[sourceArn]',
      ],
      ['grants of one operation are of all', 'return `${operation}\\n${principalId', 'return `${principalId'],
      ['grants to one are to all', "${principalId ?? ''}\\n", ''],
      ['grants for one source are for all', "\\n${sourceArn ?? ''}`", '`'],
      [
        'a grant that was changed is there twice',
        'this.remove(grant.grantId)\n    this.#grants.set',
        'this.#grants.set',
      ],
      ['a grant that was removed is found', 'leaf.free.delete(grantId)', ''],
      [
        'a grant with a subset that was removed is found',
        'else for (const pair of subset) removeFrom(leaf.subset, pair, grantId)',
        '',
      ],
      [
        'a grant with a whole that was removed is found',
        'if (equals !== undefined) removeFrom(leaf.equals, equals, grantId)',
        'if (equals !== undefined) return false',
      ],
      ['any pair of a subset is enough', "pairs === 'any' || pairs.includes(subset) ? grant : undefined", 'grant'],
      [
        'a whole is any whole',
        'yield* each(byEquals.get(equals), pairs)',
        'for (const entries of byEquals.values()) yield* each(entries, pairs)',
      ],
      [
        'a grant is filed under the pair that most have',
        'sizeOf(leaf, one) - sizeOf(leaf, other)',
        'sizeOf(leaf, other) - sizeOf(leaf, one)',
      ],
      ['empty lists stay', 'if (entries?.size === 0) by.delete(key)', ''],
    ],
    [`${TESTS}/grants/grant-index.test.ts`],
  ),
]
