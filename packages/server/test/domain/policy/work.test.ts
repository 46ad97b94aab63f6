import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AccessRequest, NamedPolicy } from '../../../src/domain/policy/access.ts'
import { conditionValues } from '../../../src/domain/policy/condition-values.ts'
import { decide } from '../../../src/domain/policy/decide.ts'
import { Work, WORK_LIMIT } from '../../../src/domain/policy/language/patterns/work.ts'
import type { RequestFacts } from '../../../src/domain/policy/request-facts.ts'
import { grantRuleOf } from './support/grantable.ts'
import { ACCOUNT, compiled, KEY_ARN, USER } from './language/support.ts'

/** AWS's quotas: ten groups of ten managed policies each, and twenty of the user's own. */
const POLICIES = 120
const POLICY_CHARACTERS = 6_144
/** Where a document's meter would have left off before the next had its own. */
const SLACK = 3 * POLICY_CHARACTERS

const KEY_POLICY = compiled(
  { Statement: { Effect: 'Allow', Principal: { AWS: ACCOUNT }, Action: 'kms:*', Resource: '*' } },
  'key',
)

/** A user's request under as many policies of these statements as AWS's quotas let them have, and one that allows. */
function asked(statement: object, encryptionContext: Record<string, string> = {}, policies = POLICIES): AccessRequest {
  const named = (policy: object, index: number): NamedPolicy => ({ name: `policy-${index}`, policy: compiled(policy) })
  const allow = { Statement: { Effect: 'Allow', Action: 'kms:Encrypt', Resource: '*' } }
  const others = Array.from({ length: policies }, () => ({ Version: '2012-10-17', Statement: statement }))
  return {
    principal: USER,
    identity: { policies: [...others, allow].map(named) },
    action: 'kms:Encrypt',
    resource: {
      arn: KEY_ARN,
      accountId: ACCOUNT,
      policy: { name: 'key policy', policy: KEY_POLICY },
      hiddenAs: 'this resource',
    },
    acrossAccounts: true,
    grantable: grantRuleOf('kms:Encrypt'),
    grants: [],
    encryptionContext,
    conditions: conditionValues(factsOf(encryptionContext)),
  }
}

function factsOf(encryptionContext: Record<string, string>): RequestFacts {
  return {
    about: 'keys',
    principal: USER,
    principalTags: [],
    sourceIp: '127.0.0.1',
    userAgent: '-',
    secure: false,
    timeMs: 0,
    region: 'eu-central-1',
    input: {},
    encryptionContext,
    own: {},
  }
}

/** As many of `value` as a managed policy has room for. */
function many(value: string): string[] {
  return Array.from({ length: Math.floor((POLICY_CHARACTERS - 200) / (value.length + 3)) }, () => value)
}

function measured(request: AccessRequest): { spent: number; reason: string; sentence: string | undefined } {
  const work = new Work()
  const decision = decide(request, work)
  return { spent: work.spent, reason: decision.reason, sentence: decision.allowed ? undefined : decision.sentence }
}

const statement = (change: object): object => ({ Effect: 'Allow', Action: 'kms:Encrypt', Resource: '*', ...change })
const like = (values: string[]): object =>
  statement({ Condition: { StringLike: { 'kms:EncryptionContext:a': values } } })

test('the limit is that of a decision, however many documents take part in it: what exceeds it is denied', () => {
  const { spent, reason, sentence } = measured(asked(like(many('*ab*')), { a: 'a'.repeat(8_000) }))
  assert.ok(spent > WORK_LIMIT && spent <= WORK_LIMIT + SLACK, `${spent} steps`)
  assert.equal(reason, 'too-much-work')
  assert.equal(
    sentence,
    `User: ${USER.arn} is not authorized to perform: kms:Encrypt on resource: ${KEY_ARN} because the policies that apply ` +
      'are too complex to be evaluated',
  )
})

test('what is too much work is denied for the same reason where it would have been denied otherwise', () => {
  const denied = { ...like(many('*ab*')), Effect: 'Deny' }
  assert.equal(measured(asked(denied, { a: 'a'.repeat(8_000) })).reason, 'too-much-work')
})

test('as many policies as AWS’s quotas allow, full of what policies are made of, are decided within a part of the limit', () => {
  const arn = `arn:aws:kms:*:${ACCOUNT}:key/9*`
  const cases: Record<string, object> = {
    'names of actions': statement({ Action: many('kms:DescribeKey') }),
    'patterns of actions': statement({ Action: many('kms:Describe*') }),
    'ARNs of keys': statement({ Resource: many(KEY_ARN.replace('1234', '9999')) }),
    'patterns of ARNs': statement({ Resource: many(arn) }),
    'ARNs with variables': statement({ Resource: many(`arn:aws:kms:*:${ACCOUNT}:key/\${aws:username}`) }),
    'values of the encryption context': like(many('volume-0123456789')),
    'prefixes of the encryption context': like(many('volume-01*')),
    'conditions on many keys': statement({
      Condition: {
        StringEquals: Object.fromEntries(
          many('x')
            .slice(0, 100)
            .map((_, index) => [`kms:EncryptionContext:${index}`, 'y']),
        ),
      },
    }),
    'many statements': many('x'.repeat(90)).map((_, index) => statement({ Sid: `s${index}`, Resource: arn })) as object,
  }
  for (const [what, one] of Object.entries(cases)) {
    const { spent, reason } = measured(asked(one, { a: 'volume-9876543210', b: 'c' }))
    assert.ok(spent <= WORK_LIMIT / 2, `${what}: ${spent} steps`)
    assert.equal(reason, 'delegated-by-resource-policy', what)
  }
})

test('a condition on the encryption context is looked up, and the context read once, however often it is asked', () => {
  let reads = 0
  const pairs = Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`Name${index}`, 'x']))
  const facts = factsOf(pairs)
  Object.defineProperty(facts, 'encryptionContext', {
    get: () => {
      reads += 1
      return pairs
    },
  })
  const values = conditionValues(facts)
  for (let index = 0; index < 1000; index++) {
    assert.deepEqual(values.get(`kms:encryptioncontext:name${index}`), ['x'])
  }
  assert.equal(values.get('kms:encryptioncontext:other'), undefined)
  assert.equal(reads, 1)
})
