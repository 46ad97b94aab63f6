import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { AccessGrant } from '../../../../src/domain/policy/access.ts'
import { equalPairs, includesPairs } from '../../../../src/domain/policy/grants/constraints.ts'
import { ContextPairs } from '../../../../src/domain/policy/grants/context-pairs.ts'
import { GrantIndex, type GrantQuestion } from '../../../../src/domain/policy/grants/grant-index.ts'
import { grantAllows, type GrantRequest } from '../../../../src/domain/policy/grants/match.ts'
import { childGrantFault } from '../../../../src/domain/policy/grants/rules.ts'
import { grantRuleOf } from '../support/grantable.ts'
import { KEY, KEY_ARN, PRINCIPALS } from '../support/world.ts'

const principal = PRINCIPALS['user'] ?? assert.fail()
const ARNS = ['arn:aws:s3:eu-central-1:111122223333:one', 'arn:aws:s3:eu-central-1:111122223333:two']
/** Names that differ in case alone, names that fold to others by Unicode's rules only, and names that objects inherit. */
const NAMES = ['a', 'A', 'b', 'B', 'k', '\u212a', 'toString', 'constructor']

const context = fc.dictionary(fc.constantFrom(...NAMES), fc.constantFrom('', '1', '2', 'A'), { maxKeys: 4 })
const operations = fc.uniqueArray(fc.constantFrom('Decrypt', 'Encrypt', 'DescribeKey', 'Sign', 'CreateGrant'), {
  minLength: 1,
})
const grants = fc
  .array(
    fc.record({
      operations,
      principalId: fc.constantFrom(undefined, principal.principalId, 'AIDAFORMER'),
      equals: fc.option(context, { nil: undefined }),
      subset: fc.option(context, { nil: undefined }),
      sourceArn: fc.constantFrom(undefined, ...ARNS),
    }),
    { maxLength: 12 },
  )
  .map((all) => all.map((one, index) => grantOf(`grant ${index}`, one)))

function grantOf(
  grantId: string,
  one: {
    operations: string[]
    principalId?: string | undefined
    equals?: Record<string, string> | undefined
    subset?: Record<string, string> | undefined
    sourceArn?: string | undefined
  },
): AccessGrant {
  return {
    grantId,
    ...KEY,
    operations: one.operations,
    grantee: { arn: principal.arn, ...(one.principalId !== undefined && { principalId: one.principalId }) },
    constraints: {
      ...(one.equals && { encryptionContextEquals: one.equals }),
      ...(one.subset && { encryptionContextSubset: one.subset }),
      ...(one.sourceArn !== undefined && { sourceArn: one.sourceArn }),
    },
  }
}

function request(operation: string, given: Record<string, string>, sourceArn?: string): GrantRequest {
  const conditions = {
    get: (name: string) => (name === 'aws:sourcearn' && sourceArn !== undefined ? [sourceArn] : undefined),
    isByDefault: () => false,
  }
  const action = `kms:${operation}`
  const resource = { arn: KEY_ARN }
  return { principal, action, grantable: grantRuleOf(action), resource, encryptionContext: given, conditions }
}

function question(operation: string, given: Record<string, string>, sourceArn?: string): GrantQuestion {
  const rule = grantRuleOf(`kms:${operation}`)
  const context = new ContextPairs(given)
  const asked = rule && rule.context ? { equals: context.canonical, pairs: context } : { pairs: 'any' as const }
  return { operation, principalIds: [principal.principalId], sourceArn, ...asked }
}

function indexOf(all: readonly AccessGrant[]): GrantIndex<AccessGrant> {
  const index = new GrantIndex<AccessGrant>()
  for (const grant of all) index.add(grant)
  return index
}

function foundBy(index: GrantIndex<AccessGrant>, asked: GrantQuestion): string[] {
  return [...index.search(asked)].flatMap((grant) => (grant ? [grant.grantId] : [])).toSorted()
}

test('a search finds the grants that a look at each one finds', () => {
  const source = fc.constantFrom(undefined, ...ARNS)
  const operation = fc.constantFrom('Decrypt', 'Encrypt', 'DescribeKey', 'Sign')
  fc.assert(
    fc.property(grants, operation, context, source, fc.nat(12), (all, name, given, sourceArn, removed) => {
      const index = indexOf(all)
      const gone = all[removed]?.grantId
      if (gone !== undefined) assert.ok(index.remove(gone))
      const allowed = all.filter(
        (grant) => grant.grantId !== gone && grantAllows(grant, request(name, given, sourceArn)) !== undefined,
      )
      const found = foundBy(index, question(name, given, sourceArn))
      assert.deepEqual(found, allowed.map(({ grantId }) => grantId).toSorted())
    }),
    { numRuns: 3000 },
  )
})

test('a search for parents passes over none that hands down enough', () => {
  fc.assert(
    fc.property(grants, grants, (parents, [child]) => {
      const { encryptionContextEquals: equals, encryptionContextSubset: subset } = child?.constraints ?? {}
      const wanted = { operations: ['Decrypt'], constraints: child?.constraints ?? {} }
      const asked = {
        ...question('CreateGrant', {}, wanted.constraints.sourceArn),
        equals: equals && new ContextPairs(equals).canonical,
        pairs: new ContextPairs(equals ?? {}, subset ?? {}),
      }
      const found = foundBy(indexOf(parents), asked)
      for (const parent of parents) {
        const suits = parent.operations.includes('CreateGrant') && childGrantFault(parent, wanted) === undefined
        const isHis = parent.grantee.principalId !== 'AIDAFORMER'
        if (suits && isHis) assert.ok(found.includes(parent.grantId), JSON.stringify([parent, wanted]))
      }
    }),
    { numRuns: 3000 },
  )
})

test('pairs in the form for look-ups are the same by the rule for constraints', () => {
  fc.assert(
    fc.property(context, context, (one, other) => {
      const [pairs, others] = [new ContextPairs(one), new ContextPairs(other)]
      assert.equal(pairs.canonical === others.canonical, equalPairs(one, other))
      assert.equal(pairs.includes(others.pairs), includesPairs(one, other))
    }),
    { numRuns: 3000 },
  )
})

test('where constraints on the context do not count, all grants for the operation are found', () => {
  const constrained = { operations: ['CreateGrant', 'DescribeKey'], equals: { a: '1' } }
  const index = indexOf([
    grantOf('one', constrained),
    grantOf('two', { ...constrained, equals: undefined, subset: { b: '1' } }),
  ])
  for (const operation of ['CreateGrant', 'DescribeKey']) {
    const asked: GrantQuestion = { operation, principalIds: [principal.principalId], pairs: 'any' }
    assert.deepEqual(foundBy(index, asked), ['one', 'two'], operation)
  }
})

test('of 50,000 grants that differ in what they demand a search looks at few', () => {
  const kinds: Record<string, (index: number) => AccessGrant> = {
    equals: (index) => grantOf(`${index}`, { operations: ['Decrypt'], equals: { tenant: `${index}` } }),
    subset: (index) => grantOf(`${index}`, { operations: ['Decrypt'], subset: { a: 'common', tenant: `${index}` } }),
    operation: (index) =>
      grantOf(`${index}`, { operations: ['Encrypt', 'DescribeKey'], subset: { tenant: `${index % 2}` } }),
    principal: (index) => grantOf(`${index}`, { operations: ['Decrypt'], principalId: `AIDA${index}` }),
    source: (index) => grantOf(`${index}`, { operations: ['Decrypt'], sourceArn: `arn:aws:s3:::${index}` }),
  }
  for (const [kind, make] of Object.entries(kinds)) {
    const index = indexOf(Array.from({ length: 50_000 }, (_, number) => make(number)))
    const given = { a: 'common', tenant: '49999x', others: '1' }
    const looked = [...index.search(question('Decrypt', given, 'arn:aws:s3:::none'))].length
    assert.ok(looked <= 2, `${kind}: ${looked}`)
    const named = [...index.search(question('Decrypt', { ...given, tenant: '777' }, 'arn:aws:s3:::777'))]
    assert.ok(named.length <= 3, `${kind}: ${named.length}`)
  }
})

test('a grant that is added again is found by what it demands now alone', () => {
  const index = indexOf([grantOf('g', { operations: ['Decrypt'] }), grantOf('g', { operations: ['Encrypt'] })])
  assert.deepEqual(foundBy(index, question('Decrypt', {})), [])
  assert.deepEqual(foundBy(index, question('Encrypt', {})), ['g'])
  assert.equal(index.size, 1)
})

test('an index from which all was removed holds nothing', () => {
  fc.assert(
    fc.property(grants, (all) => {
      const index = indexOf(all)
      for (const { grantId } of all) index.remove(grantId)
      assert.equal(index.size, 0)
      assert.ok(index.isEmpty, 'nothing is left behind')
    }),
  )
})
