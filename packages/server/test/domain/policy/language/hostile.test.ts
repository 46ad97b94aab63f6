import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CompiledStatement } from '../../../../src/domain/policy/language/statements/compiled-statement.ts'
import type { PolicyDocument } from '../../../../src/domain/policy/language/document.ts'
import { parsePolicy } from '../../../../src/domain/policy/language/parse.ts'
import { Work, WORK_LIMIT } from '../../../../src/domain/policy/language/patterns/work.ts'
import { compiled, conditions, KEY_ARN, policy, request } from './support.ts'

const MAX_POLICY_BYTES = 32_768
const VALUE = 'a'.repeat(8_192)

function parsed(statement: object): PolicyDocument {
  const { policy: document } = parsePolicy(JSON.stringify(policy(statement)), 'identity')
  assert.ok(document)
  return document
}

/** Steps that one decision takes. */
function steps(statement: object, values: Record<string, string[]>): { spent: number; applies: boolean } {
  const options = { variables: true, principals: false, resources: true, bindings: undefined }
  const work = new Work()
  const asked = request({ conditions: conditions(values) })
  const question = { request: asked, conditions: asked.conditions, work }
  const applied = parsed(statement).statements.map((one, index) =>
    new CompiledStatement(one, index, options).applies(question),
  )
  return { spent: work.spent, applies: applied.some((as) => as !== false) }
}

/** As many of `value` as a document has room for. */
function many(value: string): string[] {
  return Array.from({ length: Math.floor(MAX_POLICY_BYTES / (value.length + 3)) - 100 }, () => value)
}

const like = (wanted: string | string[]): object => ({ Condition: { 'ForAnyValue:StringLike': { 'kms:a': wanted } } })

/** Statements that cost far more than the limit if they were compared to the end. */
const HOSTILE: Readonly<Record<string, [object, Record<string, string[]>]>> = {
  'many patterns on a long text': [like(many('*ab*')), { 'kms:a': [VALUE] }],
  'one long pattern that nearly fits everywhere': [like(`*${'a'.repeat(8_000)}?b*`), { 'kms:a': [VALUE.repeat(4)] }],
  'many values against many patterns': [like(many('b')), { 'kms:a': Array.from({ length: 4_000 }, () => 'a') }],
  'one long value in many places': [like('${kms:b}'.repeat(3_000)), { 'kms:a': [VALUE], 'kms:b': [VALUE] }],
}

test('what is too much work ends within the limit, allows nothing and denies', () => {
  for (const [name, [statement, values]] of Object.entries(HOSTILE)) {
    for (const effect of ['Allow', 'Deny']) {
      const { spent, applies } = steps({ ...statement, Effect: effect }, values)
      assert.ok(spent > WORK_LIMIT, `${name}: ${spent} steps`)
      assert.ok(spent <= WORK_LIMIT + 3 * MAX_POLICY_BYTES, `${name}: ${spent} steps`)
      assert.equal(applies, effect === 'Deny', name)
    }
  }
})

test('once the work is exhausted, later statements allow nothing and those about the principal deny', () => {
  const [statement, values] = HOSTILE['many patterns on a long text'] ?? [{}, {}]
  const asked = request({ conditions: conditions(values) })
  const plain = { Effect: 'Allow', Action: '*', Resource: '*' }
  const document = (...behind: object[]): object => ({ Statement: [{ ...plain, ...statement }, ...behind] })
  assert.deepEqual(compiled(document(plain)).evaluate(asked), { allow: {} })
  assert.deepEqual(compiled(document({ ...plain, Effect: 'Deny', Resource: 'arn:aws:s3:::x' })).evaluate(asked).deny, {
    index: 1,
  })
  assert.deepEqual(compiled(document({ ...plain, Effect: 'Deny', Action: 's3:*' })).evaluate(asked), { allow: {} })
  const principal = { Principal: { AWS: '444455556666' } }
  const key = [
    { ...plain, ...statement, Principal: '*' },
    { ...plain, ...principal, Effect: 'Deny' },
  ]
  assert.deepEqual(compiled({ Statement: key }, 'key').evaluate(asked), { allow: {} })
})

test('actions that are too much work to compare allow nothing and deny', () => {
  const { action, statements } = { action: `kms:${'a'.repeat(100)}`, statements: { Action: many('kms:*aaa*aab*') } }
  for (const effect of ['Allow', 'Deny']) {
    const { allow, deny } = compiled(policy({ ...statements, Effect: effect })).evaluate(request({ action }))
    assert.deepEqual(allow, {})
    assert.equal(deny?.index, effect === 'Deny' ? 0 : undefined)
  }
})

test('one decision’s work is none of the next one’s', () => {
  const [statement, values] = HOSTILE['many patterns on a long text'] ?? [{}, {}]
  const document = compiled({ Statement: { Effect: 'Allow', Action: '*', Resource: '*', ...statement } })
  assert.deepEqual(document.evaluate(request({ conditions: conditions(values) })), { allow: {} })
  assert.ok(document.evaluate(request({ conditions: conditions({ 'kms:a': ['cab'] }) })).allow.principal)
})

test('documents at the limit of their size cost little when nothing in them is hostile', () => {
  const cases: Record<string, object> = {
    ARNs: { Resource: many(KEY_ARN.replace('1234', '9999')) },
    'patterns of ARNs': { Resource: many('arn:aws:kms:*:*:key/9*') },
    wildcards: like('*a'.repeat(4_000)),
    texts: { Condition: { StringEquals: { 'kms:a': many('bbbbbbbbbb') } } },
    numbers: { Condition: { NumericEquals: { 'kms:a': many('9'.repeat(100)) } } },
  }
  for (const [name, statement] of Object.entries(cases)) {
    const { spent } = steps(statement, { 'kms:a': [VALUE] })
    assert.ok(spent <= 50_000, `${name}: ${spent} steps`)
  }
})

test('ten thousand wildcards are one decision', () => {
  assert.equal(steps(like('*?'.repeat(10_000)), { 'kms:a': ['a'.repeat(10_000)] }).applies, true)
  assert.equal(steps(like('*?'.repeat(10_000)), { 'kms:a': ['a'.repeat(9_999)] }).applies, false)
})

test('numbers and dates of thousands of digits are compared, or refused, and no more', () => {
  const digits = '9'.repeat(8_000)
  assert.equal(
    steps({ Condition: { NumericLessThan: { 'kms:a': digits } } }, { 'kms:a': [`1${digits}`] }).applies,
    false,
  )
  assert.equal(steps({ Condition: { DateLessThan: { 'kms:a': '2026' } } }, { 'kms:a': [digits] }).applies, false)
})
