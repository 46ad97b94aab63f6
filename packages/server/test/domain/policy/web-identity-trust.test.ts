import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { JsonValue } from '@keyhold/protocol'
import { type TrustFault, webIdentityTrustFault } from '../../../src/domain/policy/web-identity-trust.ts'
import { computingMs } from '../../../../../tools/testing/computing.ts'

const PROVIDER = 'issuer.test/tenant'
const KEY = `${PROVIDER}:sub`
const FEDERATED = `arn:aws:iam::111122223333:oidc-provider/${PROVIDER}`
const SUBJECT = 'system:serviceaccount:apps:web'

const statement = (more: object = {}): object => ({
  Effect: 'Allow',
  Principal: { Federated: FEDERATED },
  Action: 'sts:AssumeRoleWithWebIdentity',
  Condition: { StringEquals: { [KEY]: SUBJECT } },
  ...more,
})

function faultOf(...statements: object[]): TrustFault | undefined {
  const document = { Version: '2012-10-17', Statement: statements }
  return webIdentityTrustFault(JSON.parse(JSON.stringify(document)) as JsonValue)
}

const GOOD: Record<string, object> = {
  'names a subject': {},
  'names subjects by a pattern': { Condition: { StringLike: { [KEY]: 'system:serviceaccount:apps:*' } } },
  'names several subjects': { Condition: { StringEquals: { [KEY]: ['a', 'b'] } } },
  'names a subject without regard to case': { Condition: { StringEqualsIgnoreCase: { [KEY]: 'a' } } },
  'asks for any of the values': { Condition: { 'ForAnyValue:StringLike': { [KEY]: 'a*' } } },
  'spells the key in other letters': { Condition: { stringequals: { [KEY.toUpperCase()]: 'a' } } },
  'names a subject beside other conditions': {
    Condition: { StringEquals: { [KEY]: 'a', [`${PROVIDER}:aud`]: 'x' }, Null: { [KEY]: 'false' } },
  },
  'names a subject that is a star, as text': { Condition: { StringLike: { [KEY]: '${*}' } } },
  'is a deny': { Effect: 'Deny', Condition: undefined },
  'trusts an account': { Principal: { AWS: 'arn:aws:iam::111122223333:root' }, Action: 'sts:*', Condition: undefined },
  'trusts * with another action': { Principal: '*', Action: 'sts:AssumeRole', Condition: undefined },
  'allows a provider another action': { Action: ['sts:TagSession', 'sts:AssumeRole'], Condition: undefined },
  'excludes the action': { Action: undefined, NotAction: 'sts:AssumeRoleWith*', Condition: undefined },
  'trusts a provider of SAML': {
    Principal: { Federated: 'arn:aws:iam::111122223333:saml-provider/x' },
    Action: 'sts:*',
    Condition: undefined,
  },
}

for (const [what, more] of Object.entries(GOOD)) {
  test(`a statement that ${what} is accepted`, () => {
    assert.equal(faultOf(statement(more)), undefined)
  })
}

const NO_CONDITION = '$.Statement[0].Condition'
const VALUE = `$.Statement[0].Condition.StringLike["${KEY}"]`
const like = (value: unknown): object => ({ Condition: { StringLike: { [KEY]: value } } })

const BAD: Record<string, { more: object; path: string }> = {
  'has no condition': { more: { Condition: undefined }, path: NO_CONDITION },
  'has a condition on the audience only': {
    more: { Condition: { StringEquals: { [`${PROVIDER}:aud`]: 'x' } } },
    path: NO_CONDITION,
  },
  "has a condition on another provider's subject": {
    more: { Condition: { StringEquals: { 'other.test:sub': 'a' } } },
    path: NO_CONDITION,
  },
  'has a condition on an inherited name': { more: { Condition: { constructor: { [KEY]: 'a' } } }, path: NO_CONDITION },
  'has a condition that is a list': { more: { Condition: [{ StringEquals: { [KEY]: 'a' } }] }, path: NO_CONDITION },
  ...Object.fromEntries(
    [
      'StringNotEquals',
      'StringNotLike',
      'StringEqualsIfExists',
      'StringLikeIfExists',
      'ForAllValues:StringEquals',
      'ForAnyValue:StringEqualsIfExists',
      'ForAnyValue:StringNotEquals',
      'Null',
      'ArnLike',
    ].map((operator) => [
      `has only ${operator}`,
      { more: { Condition: { [operator]: { [KEY]: 'a' } } }, path: NO_CONDITION },
    ]),
  ),
  'names every subject': { more: like('*'), path: VALUE },
  'names every subject twice over': { more: like('**'), path: VALUE },
  'names every subject but the empty one': { more: like('?*'), path: VALUE },
  'names every subject among others': { more: like(['a', '*']), path: VALUE },
  'names nothing': { more: like(''), path: VALUE },
  'has no value': { more: like([]), path: VALUE },
  'has a number for a subject': { more: like(1), path: VALUE },
  'compares the subject with itself': { more: like(`\${${KEY}}`), path: VALUE },
  'compares the subject with a variable in it': { more: like('apps:${aws:username}'), path: VALUE },
  'names one subject by one key and all by the same one': {
    more: { Condition: { StringEquals: { [KEY]: 'a' }, StringLike: { [KEY]: '*' } } },
    path: VALUE,
  },
  'trusts every provider': { more: { Principal: { Federated: '*' } }, path: '$.Statement[0].Principal' },
  'trusts *': { more: { Principal: '*' }, path: '$.Statement[0].Principal' },
  'trusts all AWS principals': { more: { Principal: { AWS: ['x', '*'] } }, path: '$.Statement[0].Principal' },
  'trusts all but some': {
    more: { Principal: undefined, NotPrincipal: { AWS: 'x' } },
    path: '$.Statement[0].NotPrincipal',
  },
  'trusts two providers and names the subject of one': {
    more: { Principal: { Federated: [FEDERATED, 'accounts.example.com'] } },
    path: NO_CONDITION,
  },
}

for (const [what, { more, path }] of Object.entries(BAD)) {
  test(`a statement that ${what} is refused`, () => {
    assert.equal(faultOf(statement(more))?.path, path)
  })
}

const ALLOWING = [
  '*',
  'sts:*',
  'STS:assumerolewithwebidentity',
  'sts:AssumeRole*',
  'sts:*Web*',
  's?s:Assume*Identity',
  '*y',
]

for (const action of ALLOWING) {
  test(`the action ${action} allows web identities`, () => {
    assert.equal(faultOf(statement({ Action: action, Condition: undefined }))?.path, NO_CONDITION)
    assert.equal(faultOf(statement({ Action: ['sts:TagSession', action], Condition: undefined }))?.path, NO_CONDITION)
    assert.equal(faultOf(statement({ Action: undefined, NotAction: action, Condition: undefined })), undefined)
  })
}

for (const action of [
  'sts:AssumeRole',
  'sts:AssumeRoleWithWebIdentity?',
  'iam:*',
  'sts:*SAML',
  '',
  'AssumeRoleWithWebIdentity',
]) {
  test(`the action ${JSON.stringify(action)} does not allow web identities, and all but it does`, () => {
    assert.equal(faultOf(statement({ Action: action, Condition: undefined })), undefined)
    const others = statement({ Action: undefined, NotAction: action, Condition: undefined })
    assert.equal(faultOf(others)?.path, NO_CONDITION)
  })
}

test('patterns of actions match as their translation into a regular expression does', () => {
  const pieces = fc.array(fc.constantFrom('*', '?', 's', 'sts:', 'assumerole', 'with', 'webidentity', 'y'), {
    maxLength: 8,
  })
  fc.assert(
    fc.property(pieces, (parts) => {
      const pattern = parts.join('')
      const translated = new RegExp(`^${pattern.replaceAll('*', '.*').replaceAll('?', '.')}$`)
      const fault = faultOf(statement({ Action: pattern, Condition: undefined }))
      assert.equal(fault !== undefined, translated.test('sts:assumerolewithwebidentity'), pattern)
    }),
    { numRuns: 2000 },
  )
})

test('a long pattern costs little', () => {
  const spentMs = computingMs(() => faultOf(statement({ Action: `${'*a'.repeat(100_000)}*`, Condition: undefined })))
  assert.ok(spentMs < 500, `${spentMs} ms`)
})

test('actions that are too much work to compare count as allowed', () => {
  const actions = Array.from({ length: 8000 }, () => '*s*t*s*:*a*s*s*u*m*e*r*o*l*e*w*i*t*h*x*')
  assert.equal(faultOf(statement({ Action: actions, Condition: undefined }))?.path, NO_CONDITION)
})

test('the first fault is named, wherever it is, and a single statement needs no list', () => {
  assert.equal(faultOf(statement(), statement({ Condition: undefined }))?.path, '$.Statement[1].Condition')
  const lone = { Statement: { ...statement({ Condition: undefined }) } } as unknown as JsonValue
  assert.deepEqual(webIdentityTrustFault(lone)?.path, '$.Statement.Condition')
  assert.match(webIdentityTrustFault(lone)?.message ?? '', new RegExp(KEY))
})

test('documents in which nothing is allowed have no fault', () => {
  for (const document of [{}, [], null, 'text', { Statement: [] }] as JsonValue[])
    assert.equal(webIdentityTrustFault(document), undefined)
})
