import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { defaultKeyPolicy } from '../../../../src/domain/policy/default-policy.ts'
import {
  ACCOUNT,
  compiled,
  conditions,
  KEY_ARN,
  OTHER_ACCOUNT,
  request,
  ROOT,
  SERVICE,
  SESSION,
  USER,
} from './support.ts'

const IDENTITY = { Effect: 'Allow', Action: '*', Resource: '*' }

test('the first statement that denies is told, and the first that allows in each way', () => {
  const allow = (sid: string, ...names: string[]): object => ({ ...IDENTITY, Sid: sid, Principal: { AWS: names } })
  const deny = (sid: string): object => ({ ...allow(sid, '*'), Effect: 'Deny' })
  const document = {
    Statement: [
      allow('account', ACCOUNT),
      allow('another account', ACCOUNT),
      deny('deny'),
      allow('session', SESSION.arn),
      deny('another deny'),
      allow('role', SESSION.role?.arn ?? ''),
      allow('everyone', '*'),
    ],
  }
  assert.deepEqual(compiled(document, 'key').evaluate(request({ principal: SESSION })), {
    deny: { index: 2, sid: 'deny' },
    allow: {
      account: { index: 0, sid: 'account' },
      principal: { index: 3, sid: 'session' },
      role: { index: 5, sid: 'role' },
    },
  })
})

test('a statement without Sid is told by its place', () => {
  assert.deepEqual(compiled({ Statement: IDENTITY }).evaluate(request()), { allow: { principal: { index: 0 } } })
})

test('the default key policy hands the decision to the account', () => {
  const policy = compiled(JSON.parse(defaultKeyPolicy(ACCOUNT, 'aws')), 'key')
  const sid = { index: 0, sid: 'Enable IAM User Permissions' }
  assert.deepEqual(policy.evaluate(request()), { allow: { account: sid } })
  assert.deepEqual(policy.evaluate(request({ principal: ROOT })), { allow: { principal: sid } })
  assert.deepEqual(policy.evaluate(request({ action: 's3:GetObject' })), { allow: {} })
  assert.deepEqual(policy.evaluate(request({ principal: { ...USER, accountId: OTHER_ACCOUNT } })), { allow: {} })
  assert.deepEqual(policy.evaluate(request({ principal: SERVICE })), { allow: {} })
})

test('a key policy’s statement without Action or without Resource has no effect', () => {
  for (const effect of ['Allow', 'Deny']) {
    for (const statement of [
      { Action: '*' },
      { Resource: '*' },
      {},
      { NotAction: 's3:*' },
      { NotResource: 'arn:aws:s3:::x' },
    ]) {
      const policy = compiled({ Statement: { Effect: effect, Principal: '*', ...statement } }, 'key')
      assert.deepEqual(policy.evaluate(request()), { allow: {} })
    }
  }
})

test('a trust policy is about its role, whatever the resource', () => {
  const statement = { Effect: 'Allow', Principal: { AWS: USER.arn }, Action: 'sts:AssumeRole' }
  const asked = request({ action: 'sts:AssumeRole', resource: 'arn:aws:iam::1:role/x' })
  assert.deepEqual(compiled({ Statement: statement }, 'trust').evaluate(asked), { allow: { principal: { index: 0 } } })
})

test('a trace tells of every statement which of its parts matched', () => {
  const document = {
    Version: '2012-10-17',
    Statement: [
      {
        Sid: 'Mine',
        Effect: 'Allow',
        Principal: { AWS: USER.arn },
        Action: 'kms:Decrypt',
        Resource: '*',
        Condition: {
          StringLike: { 'kms:EncryptionContext:owner': ['${aws:username}*', '${aws:PrincipalTag/x}'] },
          'ForAnyValue:StringEqualsIfExists': { 'aws:TagKeys': 'a' },
        },
      },
      { Effect: 'Deny', Principal: { AWS: OTHER_ACCOUNT }, Action: 'kms:Encrypt', Resource: 'arn:aws:s3:::x' },
    ],
  }
  const values = { 'aws:username': ['alice'], 'kms:encryptioncontext:owner': ['bob'] }
  assert.deepEqual(compiled(document, 'key').trace(request({ conditions: conditions(values) })), [
    {
      statement: { index: 0, sid: 'Mine' },
      effect: 'Allow',
      principal: 'principal',
      action: true,
      resource: true,
      conditions: [
        {
          operator: 'StringLike',
          key: 'kms:EncryptionContext:owner',
          wanted: ['alice*', '${aws:PrincipalTag/x}'],
          found: ['bob'],
          holds: false,
        },
        {
          operator: 'ForAnyValue:StringEqualsIfExists',
          key: 'aws:TagKeys',
          wanted: ['a'],
          found: undefined,
          holds: true,
        },
      ],
      applies: false,
    },
    {
      statement: { index: 1 },
      effect: 'Deny',
      principal: false,
      action: false,
      resource: false,
      conditions: [],
      applies: false,
    },
  ])
})

test('a trace of an identity policy has no principals', () => {
  assert.equal(compiled({ Statement: IDENTITY }).trace(request())[0]?.principal, undefined)
})

/** Statements that apply and such that do not, in all of their parts. */
const statement = fc.record({
  Effect: fc.constantFrom('Allow', 'Deny'),
  Principal: fc.constantFrom<object[]>({ AWS: USER.arn }, { AWS: ACCOUNT }, { AWS: OTHER_ACCOUNT }, { AWS: '*' }),
  Action: fc.constantFrom('*', 'kms:*', 'kms:Decrypt', 'kms:Encrypt'),
  Resource: fc.constantFrom('*', KEY_ARN, 'arn:aws:kms:us-*:*:*', 'arn:aws:kms:*:*:key/${aws:username}'),
  Condition: fc.constantFrom<object[]>(
    {},
    { StringEquals: { 'aws:username': 'alice' } },
    { StringEquals: { 'aws:username': 'bob' } },
    { StringNotLike: { 'aws:username': '${aws:PrincipalTag/x}' } },
  ),
})
const asked = request({ conditions: conditions({ 'aws:username': ['alice'] }) })

test('what a document says does not depend on the order of its statements', () => {
  fc.assert(
    fc.property(fc.array(statement, { minLength: 1, maxLength: 6 }), fc.nat(), (statements, turn) => {
      const cut = turn % statements.length
      const turned = [...statements.slice(cut), ...statements.slice(0, cut)].toReversed()
      const [one, other] = [statements, turned].map((list) =>
        compiled({ Version: '2012-10-17', Statement: list }, 'key').evaluate(asked),
      )
      assert.equal(one?.deny === undefined, other?.deny === undefined)
      assert.deepEqual(Object.keys(one?.allow ?? {}).toSorted(), Object.keys(other?.allow ?? {}).toSorted())
    }),
  )
})

test('a trace says of every statement what an evaluation makes of it', () => {
  fc.assert(
    fc.property(fc.array(statement, { minLength: 1, maxLength: 6 }), (statements) => {
      const policy = compiled({ Version: '2012-10-17', Statement: statements }, 'key')
      const [verdict, traces] = [policy.evaluate(asked), policy.trace(asked)]
      assert.equal(
        verdict.deny?.index,
        traces.find(({ applies, effect }) => applies && effect === 'Deny')?.statement.index,
      )
      for (const as of ['principal', 'role', 'account'] as const) {
        const first = traces.find(({ applies, effect, principal }) => applies && effect === 'Allow' && principal === as)
        assert.equal(verdict.allow[as]?.index, first?.statement.index)
      }
      for (const { principal, action, resource, conditions, applies } of traces) {
        const all = principal !== false && action && resource && conditions.every(({ holds }) => holds)
        assert.equal(applies, all)
      }
    }),
  )
})

test('a condition is not looked at where something before it does not match', () => {
  const looked: string[] = []
  const watched = { get: (name: string) => (looked.push(name), ['alice']), isByDefault: () => false }
  const condition = { Condition: { StringEquals: { 'aws:username': 'alice' } } }
  for (const part of [{ Action: 's3:*' }, { Resource: 'arn:aws:s3:::x' }])
    compiled({ Statement: { ...IDENTITY, ...part, ...condition } }).evaluate(request({ conditions: watched }))
  assert.deepEqual(looked, [])
  compiled({ Statement: { ...IDENTITY, ...condition } }).evaluate(request({ conditions: watched }))
  assert.deepEqual(looked, ['aws:username'])
})

test('a document answers alike however many actions it was asked about before', () => {
  const policy = compiled({
    Statement: [
      { ...IDENTITY, Action: 'kms:*7' },
      { ...IDENTITY, Action: 'kms:a1*' },
    ],
  })
  const ask = (index: number): object => policy.evaluate(request({ action: `kms:A${index}` }))
  const indices = Array.from({ length: 200 }, (_, index) => index)
  const first = indices.map(ask)
  assert.deepEqual(indices.map(ask), first)
  assert.deepEqual(first[107], { allow: { principal: { index: 0 } } })
  assert.deepEqual(first[199], { allow: { principal: { index: 1 } } })
  assert.deepEqual(first[99], { allow: {} })
})
