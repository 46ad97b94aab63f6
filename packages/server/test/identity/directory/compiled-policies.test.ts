import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Work, WORK_LIMIT } from '../../../src/domain/policy/language/patterns/work.ts'
import { CompiledPolicies } from '../../../src/identity/directory/compiled-policies.ts'
import { awsManagedPolicies, awsManagedPolicy } from '../../../src/identity/accounts/aws-policies.ts'
import { request } from '../../domain/policy/language/support.ts'

const KIBI = 1024

/** A document of many short patterns, of the size that a key policy may have. */
function longest(number: number): string {
  const values = Array.from({ length: 3000 }, (_, index) => `${number}${index.toString(36)}*`)
  const Condition = { StringLike: { 'kms:ViaService': values } }
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: { Effect: 'Allow', Action: '*', Resource: '*', Condition },
  }).slice(0, 32 * KIBI)
}

const ALLOW = { text: JSON.stringify({ Statement: { Effect: 'Allow', Action: '*', Resource: '*' } }) }

test('what is compiled takes no more memory than it may, whatever the documents are', () => {
  const limit = 20 * KIBI * KIBI
  const policies = new CompiledPolicies(limit)
  for (let number = 0; number < 50; number++) {
    policies.named('one', 'identity', { text: longest(number) }).policy.evaluate(request())
    assert.ok(policies.bytes <= limit)
  }
  assert.ok(policies.bytes > limit / 2)
})

test('a document that made room for others decides as before', () => {
  const policies = new CompiledPolicies(1)
  const { policy } = policies.named('one', 'identity', ALLOW)
  for (const _ of [1, 2]) assert.deepEqual(policy.evaluate(request()), { allow: { principal: { index: 0 } } })
})

test('what is asked again and again stays in memory, and compiling counts as work and not towards the decision', () => {
  const policies = new CompiledPolicies(20 * KIBI * KIBI)
  const { policy } = policies.named('one', 'identity', ALLOW)
  const prepared = (): number => {
    const work = new Work()
    policy.evaluate(request(), work)
    assert.ok(work.spent < 10)
    return work.prepared
  }
  assert.ok(prepared() > 0)
  for (let number = 0; number < 50; number++) {
    const work = new Work()
    policies.named('other', 'identity', { text: longest(number) }).policy.evaluate(request(), work)
    assert.ok(work.prepared > 50_000)
    assert.equal(prepared(), 0)
  }
})

test("AWS's policies are held once, however many principals have them", () => {
  const policies = new CompiledPolicies()
  const readOnly = awsManagedPolicy('arn:aws:iam::aws:policy/ReadOnlyAccess')
  assert.ok(readOnly)
  const [first, second] = [policies.ofAws(readOnly), policies.ofAws(readOnly)]
  assert.equal(first, second)
  assert.deepEqual([first.name, first.asksForAliases], [readOnly.arn, false])
  const reads = { ...request(), action: 'kms:DescribeKey' }
  assert.ok(first.policy.evaluate(reads).allow.principal)
  const { bytes } = policies
  assert.ok(bytes > readOnly.text.length)
  second.policy.evaluate(reads)
  assert.equal(policies.bytes, bytes)
})

/** IAM quotas, raised to their highest: 20 policies of a user, and of each of 10 groups. */
const MOST_ATTACHED = 220

test('a decision has work enough for as many of the longest of them as one user can have', () => {
  const policies = new CompiledPolicies()
  const longest = awsManagedPolicies().toSorted((a, b) => b.text.length - a.text.length)
  const work = new Work()
  for (const policy of longest.slice(0, MOST_ATTACHED / 10)) policies.ofAws(policy).policy.evaluate(request(), work)
  assert.ok(work.spent > 1000 && work.spent * 10 < WORK_LIMIT, String(work.spent))
})
