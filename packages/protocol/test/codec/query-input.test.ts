import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { formText, parseForm } from '../../src/codec/form.ts'
import { formDecoder } from '../../src/codec/query-input.ts'
import { ServiceError } from '../../src/errors.ts'
import { IAM } from '../../src/model/iam.ts'
import { KMS } from '../../src/model/kms.ts'
import { operationOf } from '../../src/model/model.ts'
import { STS } from '../../src/model/sts.ts'
import { Secret } from '../../src/secret.ts'
import { SERVICES } from '../../src/services.ts'
import { computingMs } from '../../../../tools/testing/computing.ts'

const encoder = new TextEncoder()

function decode(operation: string, text: string, model = IAM as typeof IAM | typeof STS): Record<string, unknown> {
  return formDecoder(model, operationOf(model, operation).input)(parseForm(formText(encoder.encode(text))))
}

const refuses = (operation: string, text: string): void =>
  assert.throws(
    () => decode(operation, text),
    (error) => error instanceof ServiceError && error.code === 'MalformedInput' && error.status === 400,
    text,
  )

test('lists of structures, in any order of their parameters', () => {
  assert.deepEqual(
    decode(
      'CreateUser',
      'Tags.member.2.Value=d&Tags.member.1.Key=a&UserName=u&Tags.member.2.Key=c&Tags.member.1.Value=b',
    ),
    {
      UserName: 'u',
      Tags: [
        { Key: 'a', Value: 'b' },
        { Key: 'c', Value: 'd' },
      ],
    },
  )
})

test('lists within lists of structures', () => {
  const prefix = 'ContextEntries.member.1'
  const text = `ActionNames.member.1=kms:Decrypt&${prefix}.ContextKeyName=aws:x&${prefix}.ContextKeyValues.member.1=v`
  assert.deepEqual(decode('SimulateCustomPolicy', text), {
    ActionNames: ['kms:Decrypt'],
    ContextEntries: [{ ContextKeyName: 'aws:x', ContextKeyValues: ['v'] }],
  })
})

test('an empty list as botocore writes it', () => {
  assert.deepEqual(decode('UntagUser', 'UserName=u&TagKeys='), { UserName: 'u', TagKeys: [] })
  assert.deepEqual(decode('UntagUser', 'UserName=u'), { UserName: 'u' })
})

test('numbers, booleans and secrets', () => {
  assert.deepEqual(decode('ListPolicies', 'MaxItems=10&OnlyAttached=true'), { MaxItems: 10, OnlyAttached: true })
  assert.deepEqual(decode('ListPolicies', 'OnlyAttached=false&MaxItems=-1'), { MaxItems: -1, OnlyAttached: false })
  const { WebIdentityToken } = decode('AssumeRoleWithWebIdentity', 'WebIdentityToken=t', STS)
  assert.ok(WebIdentityToken instanceof Secret)
  assert.deepEqual(WebIdentityToken.reveal(), encoder.encode('t'))
})

test('what the model does not have is ignored at every level, and makes nothing', () => {
  const text =
    'Action=CreateUser&Version=v&Unknown=1&Unknown.member.999999999=1&UserName.x=1&__proto__.x=1&constructor=1' +
    '&Tags.member.1.Key=k&Tags.member.1.Unknown=1&Tags.member.1.__proto__=1&Tags.member.1.Key.member.1=x'
  const input = decode('CreateUser', text)
  assert.deepEqual(input, { Tags: [{ Key: 'k' }] })
  assert.equal(Object.getPrototypeOf(input), Object.prototype)
  assert.equal(({} as Record<string, unknown>)['x'], undefined)
})

for (const [name, text] of Object.entries({
  'a gap': 'Tags.member.1.Key=a&Tags.member.3.Key=c',
  'a list that begins at 2': 'Tags.member.2.Key=a',
  'an index of zero': 'Tags.member.0.Key=a',
  'a negative index': 'Tags.member.-1.Key=a',
  'a leading zero': 'Tags.member.01.Key=a',
  'an index of 999999999': 'Tags.member.999999999.Key=a',
  'an index above all that a form can have': 'Tags.member.1001.Key=a',
  'an index that is no number': 'Tags.member.length.Key=a',
  'an index that is __proto__': 'Tags.member.__proto__.Key=a',
  'no index': 'Tags.member=a',
  'an index without member': 'Tags.1.Key=a',
  'text for a list': 'Tags=a',
  'text for a structure in a list, between others': 'Tags.member.1=&Tags.member.2.=&Tags.member.4.Key=a',
})) {
  test(`a list with ${name} is refused`, () => refuses('CreateUser', text))
}

test('a value of the wrong type is refused and not quoted', () => {
  for (const value of ['', 'x', '1.5', '1e3', '0x10', ' 1', '9'.repeat(17), '9007199254740993', 'Infinity']) {
    refuses('ListPolicies', `MaxItems=${value}`)
  }
  for (const value of ['', 'TRUE', '1', 'yes']) refuses('ListPolicies', `OnlyAttached=${value}`)
  assert.throws(
    () => decode('ListPolicies', 'MaxItems=hunter2'),
    (error) => error instanceof Error && !error.message.includes('hunter2'),
  )
})

test('a name of a hundred thousand dots costs nothing', () => {
  const dots = 'Tags.member.1.'.repeat(50_000)
  let input: unknown
  const spentMs = computingMs(() => (input = decode('CreateUser', `${'.'.repeat(500_000)}=1&${dots}=1`)))
  assert.deepEqual(input, { Tags: [{}] })
  assert.ok(spentMs < 500, `${spentMs} ms`)
})

test('a model whose input has a type that no form carries is a bug that shows at once', () => {
  assert.throws(
    () => formDecoder(KMS, 'EncryptRequest'),
    /No input of a Query service has a secretBlob, as Plaintext is/,
  )
})

/** Forms of IAM and STS, damaged: bytes changed, pieces doubled, cut out and exchanged. */
const WELL_FORMED = [
  'Action=CreateUser&Version=2010-05-08&UserName=u&Tags.member.1.Key=k&Tags.member.1.Value=v%20w&Path=%2F',
  'Action=SimulateCustomPolicy&Version=2010-05-08&ActionNames.member.1=a%3Ab&PolicyInputList.member.1=%7B%7D' +
    '&ContextEntries.member.1.ContextKeyName=aws%3Ax&ContextEntries.member.1.ContextKeyValues.member.1=v',
  'Action=AssumeRole&Version=2011-06-15&RoleArn=arn&RoleSessionName=s&DurationSeconds=900&PolicyArns.member.1.arn=p',
]
const PIECES = [
  '&',
  '=',
  '.',
  '%',
  '%00',
  '%ff',
  '.member.',
  '.999999999.',
  '__proto__',
  'Tags=',
  '+',
  '\ud800',
  '<!ENTITY>',
]

const mutated = fc
  .tuple(
    fc.constantFrom(...WELL_FORMED),
    fc.array(fc.tuple(fc.nat(200), fc.nat(20), fc.constantFrom('', ...PIECES)), { minLength: 1, maxLength: 6 }),
  )
  .map(([form, edits]) =>
    edits.reduce((text, [at, length, piece]) => text.slice(0, at) + piece + text.slice(at + length), form),
  )

test('ten thousand damaged forms are read or refused, and nothing else', () => {
  let refused = 0
  const spentMs = computingMs(() =>
    fc.assert(
      fc.property(mutated, fc.constantFrom(SERVICES.iam, SERVICES.sts), (text, service) => {
        try {
          const request = service.readRequest(undefined, encoder.encode(text))
          service.validate(request.operation, request.decodeInput())
        } catch (error) {
          assert.ok(error instanceof ServiceError, String(error))
          refused += 1
        }
      }),
      { numRuns: 10_000 },
    ),
  )
  assert.ok(refused > 1000 && refused < 10_000)
  assert.ok(spentMs < 30_000, `${spentMs} ms`)
})
