import assert from 'node:assert/strict'
import { test } from 'node:test'
import { serviceError } from '../src/errors.ts'
import type { ServiceError } from '../src/errors.ts'
import { queryError } from '../src/query-errors.ts'
import { Secret } from '../src/secret.ts'
import { SERVICES } from '../src/services.ts'
import type { OperationOf, Service, ServiceInputs } from '../src/services.ts'

const encoder = new TextEncoder()
const decoder = new TextDecoder()
const { kms, iam, sts } = SERVICES

test('each service has the name that signatures have for it', () => {
  for (const [name, { model }] of Object.entries(SERVICES)) assert.equal(model.signingName, name)
  assert.deepEqual(
    Object.values(SERVICES).map(({ protocol, model }) => `${protocol} ${model.apiVersion}`),
    ['aws-json 2014-11-01', 'query 2010-05-08', 'query 2011-06-15', 'aws-json 2026-11-01'],
  )
})

test('KMS finds the operation in the target and the input in JSON', () => {
  const request = kms.readRequest('TrentService.DescribeKey', encoder.encode('{"KeyId":"k"}'))
  assert.equal(request.operation, 'DescribeKey')
  assert.deepEqual(request.decodeInput(), { KeyId: 'k' })
  assert.equal(kms.validate('DescribeKey', { KeyId: 'k' }), undefined)
  assert.equal(kms.validate('DescribeKey', {})?.code, 'ValidationException')
  assert.equal(decoder.decode(kms.encodeOutput('ConnectCustomKeyStore', {}, 'r-1').bytes), '{}')
})

test('KMS refuses a target that it does not have, and a body that is no JSON', () => {
  for (const target of [
    undefined,
    '',
    'DescribeKey',
    'TrentService.',
    'TrentService.toString',
    'OtherService.DescribeKey',
  ]) {
    assert.throws(() => kms.readRequest(target, encoder.encode('{}')), { code: 'UnknownOperationException' })
  }
  const request = kms.readRequest('TrentService.DescribeKey', encoder.encode('KeyId=k'))
  assert.throws(() => request.decodeInput(), { code: 'SerializationException' })
})

test('IAM and STS find both in the form, whatever the target says', () => {
  const body = encoder.encode('Action=GetUser&Version=2010-05-08&UserName=u')
  const request = iam.readRequest('TrentService.DescribeKey', body)
  assert.equal(request.operation, 'GetUser')
  assert.deepEqual(request.decodeInput(), { UserName: 'u' })
  assert.equal(
    sts.readRequest(undefined, encoder.encode('Action=GetCallerIdentity&Version=2011-06-15')).operation,
    'GetCallerIdentity',
  )
})

test('a form may be in the query, in the body or in both', () => {
  const [asked, user] = ['Action=GetUser&Version=2010-05-08', 'UserName=u']
  for (const [query, body] of [
    [`${asked}&${user}`, ''],
    ['', `${asked}&${user}`],
    [asked, user],
    [user, asked],
  ] as const) {
    const request = iam.readRequest(undefined, encoder.encode(body), query)
    assert.deepEqual([request.operation, request.decodeInput()], ['GetUser', { UserName: 'u' }])
  }
  const twice = iam.readRequest(undefined, encoder.encode(`${asked}&${user}`), 'UserName=v')
  assert.throws(() => twice.decodeInput(), { code: 'MalformedQueryString' })
})

test('IAM refuses what it does not have: another’s action or version', () => {
  const refused = (text: string, message: string) =>
    assert.throws(() => iam.readRequest(undefined, encoder.encode(text)), { code: 'InvalidAction', message })
  refused('Action=Nothing&Version=2010-05-08', 'Could not find operation Nothing for version 2010-05-08')
  refused('Action=GetUser&Version=2011-06-15', 'Could not find operation GetUser for version 2011-06-15')
  refused('Action=__proto__&Version=2010-05-08', 'Could not find operation __proto__ for version 2010-05-08')
  refused(`Action=${'x'.repeat(500)}`, `Could not find operation ${'x'.repeat(128)} for version `)
})

test('validation speaks AWS’s sentences under each protocol’s code', () => {
  const sentence = (operation: OperationOf<'iam'>, input: object) => iam.validate(operation, input)?.message
  const name = 'u'.repeat(65)
  assert.equal(
    sentence('CreateUser', { UserName: name }),
    `1 validation error detected: Value '${name}' at 'userName' failed to satisfy constraint: ` +
      'Member must have length less than or equal to 64',
  )
  assert.equal(
    sentence('TagUser', { UserName: 'u', Tags: [{ Key: '', Value: '' }] }),
    "2 validation errors detected: Value '' at 'tags.1.member.key' failed to satisfy constraint: Member must have " +
      "length greater than or equal to 1; Value '' at 'tags.1.member.key' failed to satisfy constraint: Member must " +
      String.raw`satisfy regular expression pattern: [\p{L}\p{Z}\p{N}_.:/=+\-@]+`,
  )
  assert.equal(
    sentence('TagUser', { UserName: 'u', Tags: Array.from({ length: 51 }, () => ({ Key: 'é1', Value: '' })) }),
    "1 validation error detected: Value at 'tags' failed to satisfy constraint: Member must have length less than or equal to 50",
  )
  assert.equal(iam.validate('CreateUser', {})?.code, 'ValidationError')
  assert.equal(iam.validate('CreateUser', { UserName: 'u', Tags: [{ Key: 'größe', Value: 'ü 1' }] }), undefined)
})

test('a web identity token is never quoted', () => {
  const input = {
    RoleArn: `arn:aws:iam::111122223333:role/r`,
    RoleSessionName: 'se',
    WebIdentityToken: Secret.of(encoder.encode('abc')),
  }
  assert.equal(
    sts.validate('AssumeRoleWithWebIdentity', input)?.message,
    "1 validation error detected: Value at 'webIdentityToken' failed to satisfy constraint: Member must have length greater than or equal to 4",
  )
})

test('an error is said in the service’s own codes, with the status that belongs to them', () => {
  const said = (service: Service, error: ServiceError) => {
    const { status, body } = service.encodeError(error, 'r-1')
    return `${status} ${decoder.decode(body.bytes)}`
  }
  const refusal = serviceError('InvalidSignatureException', 'why')
  assert.equal(said(kms, refusal), '400 {"__type":"InvalidSignatureException","message":"why"}')
  assert.match(said(iam, refusal), /^403 <ErrorResponse .*<Type>Sender<\/Type><Code>SignatureDoesNotMatch<\/Code>/)
  assert.match(said(sts, queryError('ExpiredTokenException')), /^400 .*<Code>ExpiredTokenException<\/Code>/)
  assert.equal(iam.ownError(refusal).code, 'SignatureDoesNotMatch')
  assert.equal(kms.ownError(refusal), refusal)
})

test('the compiler knows the inputs of every service', () => {
  const input: ServiceInputs['iam']['GetUser'] = { UserName: 'u' }
  // @ts-expect-error: STS has no such operation
  const other: OperationOf<'sts'> = 'GetUser'
  assert.deepEqual([input.UserName, other], ['u', 'GetUser'])
})
