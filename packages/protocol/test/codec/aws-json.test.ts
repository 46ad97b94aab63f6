import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { decodeOutput, encodeInput, KMS_CODEC } from '../../src/codec/aws-json.ts'
import { ServiceError } from '../../src/errors.ts'
import { parseJson } from '../../src/json.ts'
import { KMS } from '../../src/model/kms.ts'
import type { Input, OperationName, Output } from '../../src/model/kms.ts'
import { Secret } from '../../src/secret.ts'
import { comparable, valueOf } from '../support/arbitraries.ts'

const encoder = new TextEncoder()
const decoder = new TextDecoder()
const operations = Object.keys(KMS.operations) as OperationName[]

const { decodeInput, encodeOutput } = KMS_CODEC

const decode = <N extends OperationName>(operation: N, text: string): Input<N> =>
  decodeInput(operation, parseJson(encoder.encode(text))) as unknown as Input<N>

for (const operation of operations) {
  test(`${operation}: decoding undoes encoding, for inputs and outputs`, () => {
    const { input, output } = KMS.operations[operation]
    fc.assert(
      fc.property(valueOf(KMS, input), (value) => {
        const { bytes } = encodeInput(operation, value as never)
        assert.deepEqual(comparable(decodeInput(operation, parseJson(bytes))), comparable(value))
      }),
      { numRuns: 30 },
    )
    if (output === undefined) return
    fc.assert(
      fc.property(valueOf(KMS, output), (value) => {
        const { bytes } = encodeOutput(operation, value)
        assert.deepEqual(comparable(decodeOutput(operation, bytes)), comparable(value))
      }),
      { numRuns: 30 },
    )
  })
}

test('a body looks as AWS writes it', () => {
  const output: Output<'GenerateDataKey'> = {
    KeyId: 'arn:aws:kms:us-east-1:111122223333:key/k',
    CiphertextBlob: encoder.encode('blob'),
    Plaintext: Secret.of(encoder.encode('secret')),
    CiphertextForRecipient: undefined,
  }
  assert.equal(
    decoder.decode(encodeOutput('GenerateDataKey', output).bytes),
    '{"CiphertextBlob":"YmxvYg==","Plaintext":"c2VjcmV0","KeyId":"arn:aws:kms:us-east-1:111122223333:key/k"}',
  )
})

test('an operation without output has an empty body, an empty output is {}', () => {
  assert.equal(encodeOutput('EnableKey', undefined).bytes.length, 0)
  assert.equal(decodeOutput('EnableKey', new Uint8Array(0)), undefined)
  assert.equal(decoder.decode(encodeOutput('ConnectCustomKeyStore', {}).bytes), '{}')
  assert.equal(decoder.decode(encodeInput('ListKeys', {}).bytes), '{}')
})

test('timestamps are epoch seconds that keep their milliseconds', () => {
  const dated = (time: string) => ({ KeyMetadata: { KeyId: 'k', CreationDate: new Date(time) } })
  const body = (time: string) => decoder.decode(encodeOutput('DescribeKey', dated(time)).bytes)
  assert.equal(body('2023-11-14T22:13:20Z'), '{"KeyMetadata":{"KeyId":"k","CreationDate":1700000000}}')
  assert.equal(body('2023-11-14T22:13:20.123Z'), '{"KeyMetadata":{"KeyId":"k","CreationDate":1700000000.123}}')
  const validTo = (text: string) => decode('ImportKeyMaterial', `{"ValidTo":${text}}`).ValidTo?.toISOString()
  assert.equal(validTo('1700000000'), '2023-11-14T22:13:20.000Z')
  assert.equal(validTo('1.700000000123E9'), '2023-11-14T22:13:20.123Z')
})

test('unknown members are ignored and null ones are absent', () => {
  const input = decode(
    'Encrypt',
    '{"KeyId":"k","Plaintext":null,"DryRun":null,"Unknown":{"a":[1]},"__proto__":{"x":1}}',
  )
  assert.deepEqual(input, { KeyId: 'k' })
  assert.equal(Object.getPrototypeOf(input), Object.prototype)
})

test('a context key may be __proto__', () => {
  const context = decode('Encrypt', '{"EncryptionContext":{"__proto__":"p","constructor":"c"}}').EncryptionContext
  assert.deepEqual(Object.entries(context ?? {}), [
    ['__proto__', 'p'],
    ['constructor', 'c'],
  ])
  const map = Object.create(null) as Record<string, string>
  map['__proto__'] = 'p'
  const { bytes } = encodeInput('Decrypt', { EncryptionContext: map })
  assert.equal(decoder.decode(bytes), '{"EncryptionContext":{"__proto__":"p"}}')
})

test('a context key may need escapes', () => {
  const map = { '"': '\n', '\\': '"', '\u0001é😀': '' }
  const { bytes } = encodeInput('Decrypt', { EncryptionContext: map })
  assert.deepEqual({ ...decode('Decrypt', decoder.decode(bytes)).EncryptionContext }, map)
})

test('what a prototype adds to a context is not sent', () => {
  const inherited = Object.create({ stray: 's' }) as Record<string, string>
  inherited['own'] = 'o'
  assert.equal(
    decoder.decode(encodeInput('Decrypt', { EncryptionContext: inherited }).bytes),
    '{"EncryptionContext":{"own":"o"}}',
  )
})

const WRONG: [OperationName, string, RegExp][] = [
  ['Encrypt', '[]', /^Start of list found where not expected$/],
  ['Encrypt', '"x"', /^Expected structure, map or null$/],
  ['Encrypt', '{"KeyId":1}', /^NUMBER_VALUE can not be converted to a String$/],
  ['Encrypt', '{"KeyId":true}', /^TRUE_VALUE can not be converted to a String$/],
  ['Encrypt', '{"KeyId":{}}', /^Start of structure or map found where not expected\.$/],
  ['Encrypt', '{"KeyId":["k"]}', /^Start of list found where not expected$/],
  ['Encrypt', '{"DryRun":"true"}', /^STRING_VALUE can not be converted to a Boolean$/],
  ['Encrypt', '{"Plaintext":1}', /^NUMBER_VALUE can not be converted to a Blob$/],
  ['Encrypt', '{"EncryptionContext":"a"}', /^Expected structure, map or null$/],
  ['Encrypt', '{"EncryptionContext":[]}', /^Start of list found where not expected$/],
  ['Encrypt', '{"EncryptionContext":{"a":1}}', /^NUMBER_VALUE can not be converted to a String$/],
  ['Encrypt', '{"EncryptionContext":{"a":null}}', /^NULL_VALUE can not be converted to a String$/],
  ['Encrypt', '{"GrantTokens":"t"}', /^Expected list or null$/],
  ['Encrypt', '{"GrantTokens":{}}', /^Start of structure or map found where not expected\.$/],
  ['Encrypt', '{"GrantTokens":[null]}', /^NULL_VALUE can not be converted to a String$/],
  ['CreateKey', '{"Tags":[null]}', /^Expected structure, map or null$/],
  ['GenerateDataKey', '{"NumberOfBytes":"32"}', /^STRING_VALUE can not be converted to an Integer$/],
  ['GenerateDataKey', '{"NumberOfBytes":1.5}', /^NUMBER_VALUE can not be converted to an Integer$/],
  ['GenerateDataKey', '{"NumberOfBytes":1e300}', /^NUMBER_VALUE can not be converted to an Integer$/],
  [
    'ImportKeyMaterial',
    '{"ValidTo":"2023-11-14T22:13:20Z"}',
    /^STRING_VALUE can not be converted to milliseconds since epoch$/,
  ],
  ['ImportKeyMaterial', '{"ValidTo":1e300}', /^NUMBER_VALUE can not be converted to milliseconds since epoch$/],
]

for (const [operation, body, sentence] of WRONG) {
  test(`${operation} refuses ${body}`, () => {
    assert.throws(
      () => decode(operation, body),
      (error) =>
        error instanceof ServiceError && error.code === 'SerializationException' && sentence.test(error.message),
    )
  })
}

test('lax base64 is refused, and never quoted', () => {
  for (const text of ['aHVudGVyMg', 'aHVudGVyMg= ', 'aHVudGVyMh==', 'aHVudGVy_g==', ' aHVudGVyMg==']) {
    assert.throws(
      () => decode('Encrypt', JSON.stringify({ Plaintext: text })),
      (error) =>
        error instanceof ServiceError && error.code === 'SerializationException' && !error.message.includes('aHV'),
    )
  }
})

test('a value of the wrong type in an output is a bug, not a caller’s error, and is not quoted', () => {
  const unwrapped = { Plaintext: encoder.encode('hunter2') }
  assert.throws(
    () => encodeOutput('Decrypt', unwrapped),
    (error) => error instanceof TypeError && !/hunter2|104/.test(error.message),
  )
  for (const wrong of [{ KeyId: 1 }, { CiphertextForRecipient: 'x' }, { KeyId: null }]) {
    assert.throws(() => encodeOutput('Decrypt', wrong), TypeError)
  }
  const undated = { KeyMetadata: { KeyId: 'k', CreationDate: new Date(Number.NaN) } }
  assert.throws(() => encodeOutput('DescribeKey', undated), TypeError)
  assert.throws(() => encodeInput('Decrypt', { EncryptionContext: { a: 1 } } as never), TypeError)
})

test('wiping a body overwrites the bytes that were handed out', () => {
  const body = encodeOutput('Decrypt', { Plaintext: Secret.of(encoder.encode('secret')) })
  const { bytes } = body
  assert.match(decoder.decode(bytes), /c2VjcmV0/)
  body.wipe()
  assert.ok(bytes.length > 0 && bytes.every((byte) => byte === 0))
})

test('a secret in a long body leaves no copy behind when the buffer grows', (context) => {
  const buffers: Uint8Array[] = []
  const fill = Uint8Array.prototype.fill
  context.mock.method(Uint8Array.prototype, 'fill', function (this: Uint8Array, ...parameters: [number]) {
    buffers.push(this)
    return fill.apply(this, parameters)
  })
  const { bytes } = encodeOutput('GenerateDataKeyPair', {
    PrivateKeyPlaintext: Secret.of(encoder.encode('secret'.repeat(100))),
    PublicKey: new Uint8Array(4000).fill(1),
  })
  assert.ok(bytes.length > 4000)
  const outgrown = buffers.filter(({ length }) => length === 1024)
  assert.equal(outgrown.length, 1)
  assert.ok(outgrown.every((buffer) => buffer.every((byte) => byte === 0)))
})

test('an answer’s secret is decoded without a string of its base64', (context) => {
  const plaintext = encoder.encode('a secret of some length')
  const { bytes } = encodeOutput('Decrypt', { KeyId: 'k', Plaintext: Secret.of(plaintext) })
  const seen: string[] = []
  const decodeText = TextDecoder.prototype.decode
  context.mock.method(TextDecoder.prototype, 'decode', function (this: TextDecoder, ...parameters: [Uint8Array]) {
    const text = decodeText.apply(this, parameters)
    seen.push(text)
    return text
  })
  assert.deepEqual(decodeOutput('Decrypt', bytes).Plaintext?.reveal(), plaintext)
  assert.ok(seen.length > 0)
  assert.ok(!seen.some((text) => text.includes(Buffer.from(plaintext).toString('base64').slice(0, 8))))
})

test('a secret that a server spells with escapes is still understood', () => {
  const answer = (text: string) => decodeOutput('Decrypt', encoder.encode(text)).Plaintext?.reveal()
  assert.deepEqual(answer(String.raw`{"Plaintext":"\/\/\/\/"}`), Uint8Array.of(255, 255, 255))
  assert.deepEqual(answer(String.raw`{"\u0050laintext":"AAAA"}`), new Uint8Array(3))
  assert.equal(answer('{"Plaintext":null}'), undefined)
})

test('an answer that is not strict JSON or not of the model’s types is refused', () => {
  for (const text of [
    '',
    '{',
    '{"Plaintext":"AAAA"',
    '{"Plaintext":"AAAA","Plaintext":"AAAA"}',
    '{"Plaintext":"AAAA"}x',
  ]) {
    assert.throws(() => decodeOutput('Decrypt', encoder.encode(text)), SyntaxError)
  }
  for (const text of ['{"Plaintext":"AAA"}', '{"Plaintext":1}', '{"KeyId":1}', '[]']) {
    assert.throws(() => decodeOutput('Decrypt', encoder.encode(text)), { code: 'SerializationException' })
  }
})
