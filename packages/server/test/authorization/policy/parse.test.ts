import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defaultKeyPolicy } from '../../../src/authorization/default-policy.ts'
import type { PolicyFault, PolicyKind } from '../../../src/authorization/policy/contract.ts'
import { overlyPermissiveCondition } from '../../../src/authorization/policy/overly-permissive.ts'
import { parsePolicy } from '../../../src/authorization/policy/parse.ts'
import { principalsOf } from '../../../src/authorization/policy/principals-of.ts'
import { ACCOUNT, SERVICE, SESSION, USER } from './support.ts'

const IDENTITY = { Effect: 'Allow', Action: 'kms:Decrypt', Resource: '*' }
const KEY = { ...IDENTITY, Principal: { AWS: ACCOUNT } }
const TRUST = { Effect: 'Allow', Principal: { AWS: ACCOUNT }, Action: 'sts:AssumeRole' }
const STATEMENTS: Readonly<Record<PolicyKind, object>> = { identity: IDENTITY, key: KEY, trust: TRUST }

function fault(document: unknown, kind: PolicyKind): PolicyFault | undefined {
  return parsePolicy(typeof document === 'string' ? document : JSON.stringify(document), kind).fault
}

/** A document whose one statement is that of its kind, changed. */
function changed(kind: PolicyKind, change: object): object {
  return { Version: '2012-10-17', Statement: [{ ...STATEMENTS[kind], ...change }] }
}

test('the simplest document of each kind is accepted, its statement in an array or not', () => {
  for (const kind of ['identity', 'key', 'trust'] as const) {
    assert.equal(fault(changed(kind, {}), kind), undefined)
    assert.equal(fault({ Statement: STATEMENTS[kind] }, kind), undefined)
  }
  assert.equal(fault(defaultKeyPolicy(ACCOUNT, 'aws-cn'), 'key'), undefined)
})

test('a document is read whole', () => {
  const statement = {
    Sid: 'A b',
    Effect: 'Deny',
    NotPrincipal: { AWS: [USER.arn], Service: SERVICE.arn },
    NotAction: ['kms:Get*', 'kms:List*'],
    NotResource: 'arn:aws:kms:*:*:key/*',
    Condition: { NumericLessThan: { 'kms:RotationPeriodInDays': [90, '91'] }, Bool: { 'aws:SecureTransport': false } },
  }
  assert.deepEqual(parsePolicy(JSON.stringify({ Id: 'x', Statement: [statement] }), 'key').policy, {
    version: '2008-10-17',
    id: 'x',
    statements: [
      {
        path: '$.Statement[0]',
        sid: 'A b',
        effect: 'Deny',
        principals: {
          not: true,
          names: [
            { kind: 'user', text: USER.arn, accountId: ACCOUNT, path: '$.Statement[0].NotPrincipal.AWS[0]' },
            { kind: 'service', text: SERVICE.arn, path: '$.Statement[0].NotPrincipal.Service' },
          ],
        },
        actions: { not: true, values: ['kms:Get*', 'kms:List*'] },
        resources: { not: true, values: ['arn:aws:kms:*:*:key/*'] },
        conditions: [
          {
            path: '$.Statement[0].Condition.NumericLessThan["kms:RotationPeriodInDays"]',
            operator: 'NumericLessThan',
            key: 'kms:RotationPeriodInDays',
            values: ['90', '91'],
          },
          {
            path: '$.Statement[0].Condition.Bool["aws:SecureTransport"]',
            operator: 'Bool',
            key: 'aws:SecureTransport',
            values: ['false'],
          },
        ],
      },
    ],
  })
})

const S = '$.Statement[0]'
const C = `${S}.Condition`
const ARN = `arn:aws:iam::${ACCOUNT}:`
const of = (condition: object): object => ({ Condition: condition })
const aws = (name: unknown): object => ({ Principal: { AWS: name } })

/** Kind, what is changed in the statement of that kind, and where the fault is. */
const FAULTS: [PolicyKind, object, string][] = [
  ['identity', { Effect: undefined }, S],
  ['identity', { Effect: 'allow' }, `${S}.Effect`],
  ['identity', { Effect: ['Allow'] }, `${S}.Effect`],
  ['identity', { Extra: 1 }, `${S}.Extra`],
  ['identity', { effect: 'Allow' }, `${S}.effect`],
  ['identity', { Sid: 1 }, `${S}.Sid`],
  ['identity', { Sid: 'a b' }, `${S}.Sid`],
  ['trust', { Sid: 'a-b' }, `${S}.Sid`],
  ['identity', { Principal: '*' }, `${S}.Principal`],
  ['identity', { NotPrincipal: { AWS: '*' } }, `${S}.NotPrincipal`],
  ['identity', { Action: undefined }, S],
  ['identity', { Resource: undefined }, S],
  ['identity', { NotAction: 'kms:*' }, `${S}.NotAction`],
  ['identity', { NotResource: '*' }, `${S}.NotResource`],
  ['identity', { Action: [] }, `${S}.Action`],
  ['identity', { Action: ['kms:Decrypt', 7] }, `${S}.Action[1]`],
  ['identity', { Action: { a: 1 } }, `${S}.Action`],
  ['identity', { Action: null }, `${S}.Action`],
  ['identity', { Action: 'Decrypt' }, `${S}.Action`],
  ['identity', { Action: 'kms:' }, `${S}.Action`],
  ['identity', { Action: 'k*:Decrypt' }, `${S}.Action`],
  ['identity', { Action: 'kms:De crypt' }, `${S}.Action`],
  ['identity', { Action: '**' }, `${S}.Action`],
  ['identity', { Action: 'kms:Decrypt:x' }, `${S}.Action`],
  ['identity', { Action: undefined, NotAction: ['*', ''] }, `${S}.NotAction[1]`],
  ['identity', { Resource: 'key/x' }, `${S}.Resource`],
  ['identity', { Resource: ['*', 'arn:aws:kms'] }, `${S}.Resource[1]`],
  ['identity', { Resource: 'arn:aws:*:*:*:x' }, `${S}.Resource`],
  ['identity', { Resource: 'arn:aws:kms:eu:1:' }, `${S}.Resource`],
  ['identity', { Resource: 'arn:aws:kms:${aws:region}:1:key/x' }, `${S}.Resource`],
  ['identity', { Resource: 'arn:aws:kms:eu:1:key/${aws:username' }, `${S}.Resource`],
  ['identity', { Resource: 'arn:aws:kms:eu:1:key/${}' }, `${S}.Resource`],
  ['identity', { Resource: true }, `${S}.Resource`],
  ['key', { Principal: undefined }, S],
  ['key', { NotPrincipal: '*' }, `${S}.NotPrincipal`],
  ['key', { Principal: 'arn:aws:iam::1:root' }, `${S}.Principal`],
  ['key', { Principal: {} }, `${S}.Principal`],
  ['key', { Principal: ['*'] }, `${S}.Principal`],
  ['key', { Principal: { Aws: '*' } }, `${S}.Principal.Aws`],
  ['key', aws([]), `${S}.Principal.AWS`],
  ['key', aws([ACCOUNT, 1]), `${S}.Principal.AWS[1]`],
  ['key', aws('11112222333'), `${S}.Principal.AWS`],
  ['key', aws(`${ARN}user/*`), `${S}.Principal.AWS`],
  ['key', aws(`${ARN}user/a?b`), `${S}.Principal.AWS`],
  ['key', aws(`${ARN}role/`), `${S}.Principal.AWS`],
  ['key', aws(`${ARN}group/devs`), `${S}.Principal.AWS`],
  ['key', aws(`arn:aws:iam:eu-central-1:${ACCOUNT}:root`), `${S}.Principal.AWS`],
  ['key', aws('arn:aws:iam::*:root'), `${S}.Principal.AWS`],
  ['key', aws(`arn:*:iam::${ACCOUNT}:root`), `${S}.Principal.AWS`],
  ['key', aws(`arn:aws:sts::${ACCOUNT}:assumed-role/r`), `${S}.Principal.AWS`],
  ['key', aws(`arn:aws:sts::${ACCOUNT}:assumed-role/r/*`), `${S}.Principal.AWS`],
  ['key', aws('AKIAIOSFODNN7EXAMPLE'), `${S}.Principal.AWS`],
  ['key', { Principal: { Service: '*' } }, `${S}.Principal.Service`],
  ['key', { Principal: { Service: ['ec2'] } }, `${S}.Principal.Service[0]`],
  ['key', { Principal: { Federated: '*' } }, `${S}.Principal.Federated`],
  ['key', { Principal: { CanonicalUser: 'x' } }, `${S}.Principal.CanonicalUser`],
  ['key', { Resource: 'this key' }, `${S}.Resource`],
  ['trust', { Resource: '*' }, `${S}.Resource`],
  ['trust', { NotResource: '*' }, `${S}.NotResource`],
  ['trust', { Action: undefined }, S],
  ['trust', { Action: 'kms:Decrypt' }, `${S}.Action`],
  ['trust', { Action: '*' }, `${S}.Action`],
  ['trust', { Principal: undefined, NotPrincipal: '*' }, `${S}.NotPrincipal`],
  ['identity', of([]), C],
  ['identity', of({ StringEquals: {} }), `${C}.StringEquals`],
  ['identity', of({ StringEquals: 'x' }), `${C}.StringEquals`],
  ['identity', of({ StringMatches: { 'aws:username': 'x' } }), `${C}.StringMatches`],
  ['identity', of({ 'ForAllValues:Null': { 'aws:username': 'x' } }), `${C}["ForAllValues:Null"]`],
  ['identity', of({ StringEquals: { username: 'x' } }), `${C}.StringEquals.username`],
  ['identity', of({ StringEquals: { 'aws:username': [] } }), `${C}.StringEquals["aws:username"]`],
  ['identity', of({ StringEquals: { 'aws:username': ['a', null] } }), `${C}.StringEquals["aws:username"][1]`],
  ['identity', of({ StringEquals: { 'aws:username': { a: 1 } } }), `${C}.StringEquals["aws:username"]`],
  ['identity', of({ StringEquals: { 'aws:username': '${' } }), `${C}.StringEquals["aws:username"]`],
  ['identity', of({ NumericEquals: { 'aws:a': 'ten' } }), `${C}.NumericEquals["aws:a"]`],
  ['identity', of({ NumericEquals: { 'aws:a': 1e300 } }), `${C}.NumericEquals["aws:a"]`],
  ['identity', of({ NumericEquals: { 'aws:a': 2 ** 53 } }), `${C}.NumericEquals["aws:a"]`],
  ['identity', of({ NumericEquals: { 'aws:a': '${aws:b}' } }), `${C}.NumericEquals["aws:a"]`],
  ['identity', of({ DateLessThan: { 'aws:CurrentTime': '31.1.2026' } }), `${C}.DateLessThan["aws:CurrentTime"]`],
  ['identity', of({ Bool: { 'aws:SecureTransport': ['true', 'yes'] } }), `${C}.Bool["aws:SecureTransport"][1]`],
  ['identity', of({ Null: { 'aws:username': 'maybe' } }), `${C}.Null["aws:username"]`],
  ['identity', of({ BinaryEquals: { 'aws:a': 'a b' } }), `${C}.BinaryEquals["aws:a"]`],
  ['identity', of({ IpAddress: { 'aws:SourceIp': '10.0.0.0/33' } }), `${C}.IpAddress["aws:SourceIp"]`],
  ['identity', of({ IpAddress: { 'aws:SourceIp': '10.*' } }), `${C}.IpAddress["aws:SourceIp"]`],
  ['identity', of({ ArnLike: { 'aws:SourceArn': 'topic' } }), `${C}.ArnLike["aws:SourceArn"]`],
]

test('every fault of a statement is refused, and its place told', () => {
  for (const [kind, change, path] of FAULTS) {
    const found = fault(changed(kind, change), kind)
    assert.equal(found?.path, path, `${kind} ${JSON.stringify(change)}: ${found?.message}`)
    assert.ok(found.message.length > 0)
  }
})

test('every fault of a document is refused, and its place told', () => {
  const statement = IDENTITY
  const cases: [unknown, string][] = [
    ['', '$'],
    ['{', '$'],
    ['{"Statement": [], "Statement": []}', '$'],
    ['[]', '$'],
    ['null', '$'],
    ['"*"', '$'],
    ['\uD800', '$'],
    [`{"Statement": ${'['.repeat(40)}${']'.repeat(40)}}`, '$'],
    [{}, '$'],
    [{ Statement: [] }, '$.Statement'],
    [{ Statement: 'x' }, '$.Statement'],
    [{ Statement: [statement, null] }, '$.Statement[1]'],
    [{ Statement: [[statement]] }, '$.Statement[0]'],
    [{ Statement: { ...statement, Effect: 'Maybe' } }, '$.Statement.Effect'],
    [{ Statement: statement, Version: '2012-10-18' }, '$.Version'],
    [{ Statement: statement, Version: 2012 }, '$.Version'],
    [{ Statement: statement, version: '2012-10-17' }, '$.version'],
    [{ Statement: statement, Id: 'x' }, '$.Id'],
    [{ Statement: statement, 'a b': 1 }, '$["a b"]'],
    [{ Statement: statement, ['__proto__']: 1 }, '$.__proto__'],
    [
      {
        Statement: [
          { ...statement, Sid: 'a' },
          { ...statement, Sid: 'a' },
        ],
      },
      '$.Statement[1].Sid',
    ],
  ]
  for (const [document, path] of cases) assert.equal(fault(document, 'identity')?.path, path, JSON.stringify(document))
  assert.equal(fault({ Statement: KEY, Id: 7 }, 'key')?.path, '$.Id')
})

test('what stands in a document is never quoted by a fault of its JSON', () => {
  assert.match(fault('{"secret', 'key')?.message ?? '', /offset 8/)
  assert.ok(!fault('{"secret', 'key')?.message.includes('secret'))
})

test('a principal that cannot be is told', () => {
  assert.equal(fault(changed('key', aws('someone')), 'key')?.invalidPrincipal, 'someone')
  assert.equal(fault(changed('key', { Principal: 'someone' }), 'key')?.invalidPrincipal, 'someone')
  assert.equal(fault(changed('key', { Effect: 'x' }), 'key')?.invalidPrincipal, undefined)
})

test('a key policy may repeat Sids, write them with spaces, and leave Action and Resource out', () => {
  const inert = { Sid: 'No effect', Effect: 'Allow', Principal: '*' }
  assert.equal(
    fault({ Statement: [inert, inert, { ...inert, Action: 'kms:*' }, { ...inert, Resource: '*' }] }, 'key'),
    undefined,
  )
})

test('the older version takes a dollar sign as it is', () => {
  assert.equal(fault({ Statement: { ...IDENTITY, Resource: 'arn:aws:kms:eu:1:key/${' } }, 'identity'), undefined)
})

test('every principal that a document names is told, with its kind and its place', () => {
  const principals = {
    AWS: [
      '*',
      ACCOUNT,
      `${ARN}root`,
      USER.arn,
      SESSION.role?.arn,
      SESSION.arn,
      `arn:aws:sts::${ACCOUNT}:federated-user/bob`,
      'AIDACKCEVSQ6C2EXAMPLE',
    ],
    Service: SERVICE.arn,
    Federated: ['accounts.google.com', `${ARN}oidc-provider/issuer.example.com/path`, `${ARN}saml-provider/x`],
    CanonicalUser: 'a'.repeat(64),
  }
  const { policy } = parsePolicy(
    JSON.stringify({
      Statement: [
        { ...KEY, Principal: principals },
        { ...KEY, Principal: undefined, NotPrincipal: '*' },
      ],
    }),
    'key',
  )
  assert.ok(policy)
  const found = principalsOf(policy)
  assert.deepEqual(
    found.map(({ kind }) => kind),
    [
      'every-aws-principal',
      'account',
      'account',
      'user',
      'role',
      'session',
      'federated-user',
      'id',
      'service',
      'federated',
      'federated',
      'federated',
      'canonical-user',
      'everyone',
    ],
  )
  assert.equal(found[3]?.path, `${S}.Principal.AWS[3]`)
  assert.equal(found[3]?.accountId, ACCOUNT)
  assert.equal(found[13]?.path, '$.Statement[1].NotPrincipal')
})

test('ForAllValues on a key that has one value is told, where it allows', () => {
  const told = (effect: string, operator: string, key: string): string | undefined => {
    const { policy } = parsePolicy(
      JSON.stringify(changed('key', { Effect: effect, ...of({ [operator]: { [key]: 'x' } }) })),
      'key',
    )
    assert.ok(policy)
    return overlyPermissiveCondition(policy)?.path
  }
  for (const key of ['kms:EncryptionContext:a', 'KMS:encryptionContext:a', 'aws:RequestTag/a', 'aws:ResourceTag/a']) {
    const path = `${C}["ForAllValues:StringEquals"][${JSON.stringify(key)}]`
    assert.equal(told('Allow', 'ForAllValues:StringEquals', key), path)
    assert.equal(told('Deny', 'ForAllValues:StringEquals', key), undefined)
    assert.equal(told('Allow', 'StringEquals', key), undefined)
    assert.equal(told('Allow', 'ForAnyValue:StringEquals', key), undefined)
  }
  for (const key of ['kms:EncryptionContextKeys', 'aws:TagKeys'])
    assert.equal(told('Allow', 'ForAllValues:StringEquals', key), undefined)
})
