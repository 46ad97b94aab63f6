import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PolicyKind } from '../../../../src/domain/policy/language/contract.ts'
import { ACCOUNT, changed, fault, STATEMENTS } from './support.ts'

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
  ['identity', { Action: '*:List*' }, `${S}.Action`],
  ['key', { Action: '*:List*' }, `${S}.Action`],
  ['identity', { Action: 'kms:De crypt' }, `${S}.Action`],
  ['identity', { Action: '**' }, `${S}.Action`],
  ['identity', { Action: 'kms:Decrypt:x' }, `${S}.Action`],
  ['identity', { Action: undefined, NotAction: ['*', ''] }, `${S}.NotAction[1]`],
  ['identity', { Resource: 'key/x' }, `${S}.Resource`],
  ['identity', { Resource: ['*', 'arn:aws:kms'] }, `${S}.Resource[1]`],
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
  ['identity', of({ StringMatches: {} }), `${C}.StringMatches`],
  ['identity', of({ StringEquals: 'x' }), `${C}.StringEquals`],
  ['identity', of({ StringMatches: { 'aws:username': 'x' } }), `${C}.StringMatches`],
  ['identity', of({ 'ForAllValues:Null': { 'aws:username': 'x' } }), `${C}["ForAllValues:Null"]`],
  ['identity', of({ stringEquals: { 'aws:username': 'x' } }), `${C}.stringEquals`],
  ['identity', of({ 'forAnyValue:StringEquals': { 'aws:username': 'x' } }), `${C}["forAnyValue:StringEquals"]`],
  ['identity', of({ StringEquals: { ' username': 'x' } }), `${C}.StringEquals[" username"]`],
  ['identity', of({ StringEquals: { 'aws:username': ['a', null] } }), `${C}.StringEquals["aws:username"][1]`],
  ['identity', of({ StringEquals: { 'aws:username': { a: 1 } } }), `${C}.StringEquals["aws:username"]`],
  ['identity', of({ StringEquals: { 'aws:username': '${' } }), `${C}.StringEquals["aws:username"]`],
  ['identity', of({ NumericEquals: { 'aws:a': 'ten' } }), `${C}.NumericEquals["aws:a"]`],
  ['identity', of({ NumericEquals: { 'aws:a': 1e300 } }), `${C}.NumericEquals["aws:a"]`],
  ['identity', of({ NumericEquals: { 'aws:a': 2 ** 53 } }), `${C}.NumericEquals["aws:a"]`],
  ['identity', of({ NumericEquals: { 'aws:a': '${aws:b}' } }), `${C}.NumericEquals["aws:a"]`],
  ['identity', of({ DateLessThan: { 'aws:CurrentTime': '31.1.2026' } }), `${C}.DateLessThan["aws:CurrentTime"]`],
  ['identity', of({ DateLessThan: { 'aws:a': '2026-01-31T23:59' } }), `${C}.DateLessThan["aws:a"]`],
  ['identity', of({ Bool: { 'aws:SecureTransport': ['true', 'yes'] } }), `${C}.Bool["aws:SecureTransport"][1]`],
  ['identity', of({ Null: { 'aws:username': 'maybe' } }), `${C}.Null["aws:username"]`],
  ['identity', of({ BinaryEquals: { 'aws:a': 'a b' } }), `${C}.BinaryEquals["aws:a"]`],
  ['identity', of({ IpAddress: { 'aws:SourceIp': '10.0.0.0/33' } }), `${C}.IpAddress["aws:SourceIp"]`],
  ['identity', of({ IpAddress: { 'aws:SourceIp': '10.*' } }), `${C}.IpAddress["aws:SourceIp"]`],
  ['identity', of({ ArnLike: { 'aws:SourceArn': 'topic' } }), `${C}.ArnLike["aws:SourceArn"]`],
  ['identity', of({ ArnLike: { 'aws:a': 'arn:aws:*:role/x' } }), `${C}.ArnLike["aws:a"]`],
]

test('every fault of a statement is refused, and its place told', () => {
  for (const [kind, change, path] of FAULTS) {
    const found = fault(changed(kind, change), kind)
    assert.equal(found?.path, path, `${kind} ${JSON.stringify(change)}: ${found?.message}`)
    assert.ok(found.message.length > 0)
  }
})

test('every fault of a document is refused, and its place told', () => {
  const statement = STATEMENTS.identity
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
  ]
  for (const [document, path] of cases) assert.equal(fault(document, 'identity')?.path, path, JSON.stringify(document))
  assert.equal(fault({ Statement: STATEMENTS.key, Id: 7 }, 'key')?.path, '$.Id')
})

test('an error in the JSON of a document never quotes its content', () => {
  assert.match(fault('{"secret', 'key')?.message ?? '', /offset 8/)
  assert.ok(!fault('{"secret', 'key')?.message.includes('secret'))
})
