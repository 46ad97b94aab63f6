import assert from 'node:assert/strict'
import { test } from 'node:test'
import { queryCodec, readQuery } from '../../src/codec/query.ts'
import type { ServiceError } from '../../src/errors.ts'
import { IAM } from '../../src/model/iam.ts'
import { STS } from '../../src/model/sts.ts'
import { queryError } from '../../src/query-errors.ts'
import { Secret } from '../../src/secret.ts'

const encoder = new TextEncoder()
const decoder = new TextDecoder()
const iam = queryCodec(IAM)
const sts = queryCodec(STS)
const NAMESPACE = 'xmlns="https://iam.amazonaws.com/doc/2010-05-08/"'
const METADATA = '<ResponseMetadata><RequestId>r-1</RequestId></ResponseMetadata>'

const output = (operation: string, value: unknown): string =>
  decoder.decode(iam.encodeOutput(operation, value, 'r-1').bytes)

test('a request is an action, a version and a form', () => {
  const { action, version, readForm } = readQuery(encoder.encode('Action=GetUser&Version=2010-05-08&UserName=u'))
  assert.deepEqual([action, version, readForm().get('UserName')], ['GetUser', '2010-05-08', 'u'])
  assert.equal(readQuery(encoder.encode('Action=GetUser')).version, '')
})

test('what is asked for is known before the rest is read, and the rest cannot ask for something else', () => {
  const { action, readForm } = readQuery(encoder.encode('UserName=%zz&Action=GetUser&Version=v'))
  assert.equal(action, 'GetUser')
  assert.throws(readForm, { code: 'MalformedQueryString' })
  for (const other of ['Action=DeleteUser', '%41ction=DeleteUser']) {
    for (const text of [`Action=GetUser&${other}`, `${other}&Action=GetUser`]) {
      assert.throws(() => readQuery(encoder.encode(text)).readForm(), { code: 'MalformedQueryString' }, text)
    }
  }
})

test('a body that is JSON or XML asks for nothing, and no entity in it is looked at', () => {
  const bomb = '<!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;">]><a>&c;</a>'
  for (const text of ['', '{"Action":"GetUser"}', bomb, '<GetUser/>', 'Action=', 'action=GetUser']) {
    assert.throws(() => readQuery(encoder.encode(text)), { code: 'MissingAction', status: 400 }, text)
  }
})

test('an answer looks as IAM writes it', () => {
  const user = {
    Path: '/',
    UserName: 'a&b',
    UserId: 'AIDA',
    Arn: 'arn:aws:iam::111122223333:user/a',
    CreateDate: new Date('2026-01-01T00:00:00.999Z'),
    Tags: [{ Key: 'k', Value: '<v>' }],
  }
  assert.equal(
    output('CreateUser', { User: user }),
    `<CreateUserResponse ${NAMESPACE}><CreateUserResult><User><Path>/</Path><UserName>a&amp;b</UserName>` +
      '<UserId>AIDA</UserId><Arn>arn:aws:iam::111122223333:user/a</Arn><CreateDate>2026-01-01T00:00:00Z</CreateDate>' +
      '<Tags><member><Key>k</Key><Value>&lt;v&gt;</Value></member></Tags></User></CreateUserResult>' +
      `${METADATA}</CreateUserResponse>`,
  )
})

test('lists are members and maps are entries; what is absent is left out', () => {
  assert.equal(
    output('ListUserPolicies', { PolicyNames: ['a', 'b'], IsTruncated: false, Marker: undefined }),
    `<ListUserPoliciesResponse ${NAMESPACE}><ListUserPoliciesResult><PolicyNames><member>a</member><member>b</member>` +
      `</PolicyNames><IsTruncated>false</IsTruncated></ListUserPoliciesResult>${METADATA}</ListUserPoliciesResponse>`,
  )
  assert.equal(
    output('GetAccountSummary', { SummaryMap: { Users: 3, Groups: 0 } }),
    `<GetAccountSummaryResponse ${NAMESPACE}><GetAccountSummaryResult><SummaryMap><entry><key>Users</key>` +
      '<value>3</value></entry><entry><key>Groups</key><value>0</value></entry></SummaryMap>' +
      `</GetAccountSummaryResult>${METADATA}</GetAccountSummaryResponse>`,
  )
})

test('an operation without output has no result, an empty output has an empty one', () => {
  assert.equal(output('DeleteUser', undefined), `<DeleteUserResponse ${NAMESPACE}>${METADATA}</DeleteUserResponse>`)
  assert.equal(
    output('UpdateRole', {}),
    `<UpdateRoleResponse ${NAMESPACE}><UpdateRoleResult></UpdateRoleResult>${METADATA}</UpdateRoleResponse>`,
  )
})

test('STS has its own namespace', () => {
  const { bytes } = sts.encodeOutput('GetCallerIdentity', { Account: '111122223333' }, 'r-1')
  assert.match(
    decoder.decode(bytes),
    /^<GetCallerIdentityResponse xmlns="https:\/\/sts.amazonaws.com\/doc\/2011-06-15\/">/,
  )
})

test('an error names who is at fault, its code and its message', () => {
  const body = (error: ServiceError) => decoder.decode(iam.encodeError(error, 'r-1').bytes)
  assert.equal(
    body(queryError('NoSuchEntity', 'The user with name <u> cannot be found.')),
    `<ErrorResponse ${NAMESPACE}><Error><Type>Sender</Type><Code>NoSuchEntity</Code><Message>The user with name ` +
      '&lt;u&gt; cannot be found.</Message></Error><RequestId>r-1</RequestId></ErrorResponse>',
  )
  assert.match(body(queryError('ServiceFailure')), /<Error><Type>Receiver<\/Type><Code>ServiceFailure<\/Code><\/Error>/)
})

test('a secret is in the body’s one buffer and nowhere else, and is wiped with it', (context) => {
  const credentials = { AccessKeyId: 'a', SessionToken: 't', Expiration: new Date(0) }
  const secret = Secret.of(encoder.encode('hunter2/+&'))
  const seen: string[] = []
  const decodeText = TextDecoder.prototype.decode
  const mock = context.mock.method(TextDecoder.prototype, 'decode', function (this: TextDecoder, bytes: Uint8Array) {
    const text = decodeText.call(this, bytes)
    seen.push(text)
    return text
  })
  const body = sts.encodeOutput('AssumeRole', { Credentials: { ...credentials, SecretAccessKey: secret } }, 'r-1')
  mock.mock.restore()
  assert.deepEqual(seen, [])
  const { bytes } = body
  assert.match(decoder.decode(bytes), /<SecretAccessKey>hunter2\/\+&amp;<\/SecretAccessKey>/)
  body.wipe()
  assert.ok(bytes.length > 0 && bytes.every((byte) => byte === 0))
})

test('bytes are base64, and a secret of bytes leaves nothing behind', () => {
  for (const [bytes, text] of [
    [[], ''],
    [[0xfb], '+w=='],
    [[1, 2, 3], 'AQID'],
  ] as const) {
    const QRCodePNG = Secret.of(Uint8Array.from(bytes))
    const body = iam.encodeOutput('ListVirtualMFADevices', { VirtualMFADevices: [{ QRCodePNG }] }, 'r-1')
    assert.match(decoder.decode(body.bytes), new RegExp(`<QRCodePNG>${text.replace('+', '[+]')}</QRCodePNG>`))
  }
})

test('a value of the wrong type in an output is a bug, and is not quoted', () => {
  const wrong: [string, unknown][] = [
    ['GetUser', undefined],
    ['GetUser', { User: 'hunter2' }],
    ['GetUser', { User: { UserName: 1 } }],
    ['GetUser', { User: { CreateDate: 'hunter2' } }],
    ['ListUserPolicies', { PolicyNames: 'hunter2' }],
    ['ListUserPolicies', { IsTruncated: 'hunter2' }],
    ['GetAccountSummary', { SummaryMap: { Users: 'hunter2' } }],
    ['CreateAccessKey', { AccessKey: { SecretAccessKey: 'hunter2' } }],
  ]
  for (const [operation, value] of wrong) {
    assert.throws(
      () => output(operation, value),
      (error) => error instanceof TypeError && !/hunter2/.test(error.message),
    )
  }
})

test('an operation that the service does not have is a bug', () => {
  assert.throws(() => iam.encodeOutput('AssumeRole', {}, 'r-1'), /The service iam has no operation AssumeRole/)
})
