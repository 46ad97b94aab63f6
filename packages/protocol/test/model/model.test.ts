import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Input, OperationName, Output } from '../../src/index.ts'
import { isOperationName, KMS, structureOf, wireTypeOf } from '../../src/model/model.ts'
import type { Secret } from '../../src/secret.ts'

const operations = Object.entries(KMS.operations)

test('the model has 56 operations', () => {
  assert.equal(operations.length, 56)
  assert.ok(isOperationName('Encapsulate'))
  for (const name of ['', 'encrypt', 'toString', '__proto__', 'ListBuckets']) assert.ok(!isOperationName(name), name)
})

test('14 operations answer with an empty body', () => {
  assert.deepEqual(
    operations.filter(([, { output }]) => output === undefined).map(([name]) => name),
    [
      'CreateAlias',
      'DeleteAlias',
      'DisableKey',
      'DisableKeyRotation',
      'EnableKey',
      'EnableKeyRotation',
      'PutKeyPolicy',
      'RetireGrant',
      'RevokeGrant',
      'TagResource',
      'UntagResource',
      'UpdateAlias',
      'UpdateKeyDescription',
      'UpdatePrimaryRegion',
    ],
  )
})

test('every type that the model names is in it', () => {
  const roots = operations.flatMap(([, { input, output }]) => (output === undefined ? [input] : [input, output]))
  for (const name of [...roots, ...Object.keys(KMS.structures)]) {
    for (const member of structureOf(name)) {
      assert.doesNotThrow(() => wireTypeOf(member.type) ?? structureOf(member.type), `${name}.${member.name}`)
    }
  }
})

test('the model cannot be changed', () => {
  const { errors } = KMS.operations.Encrypt
  assert.throws(() => (errors as string[]).push('x'), TypeError)
  assert.throws(() => Object.assign(KMS.structures, { Tag: [] }), TypeError)
})

test('known facts: what is required, secret, a list', () => {
  assert.deepEqual(
    structureOf('EncryptRequest')
      .filter(({ required }) => required)
      .map(({ name }) => name),
    ['KeyId', 'Plaintext'],
  )
  const plaintext = structureOf('GenerateDataKeyResponse').find(({ name }) => name === 'Plaintext')
  assert.deepEqual(plaintext, { name: 'Plaintext', type: 'secretBlob', isList: false, required: false })
  const tags = structureOf('CreateKeyRequest').find(({ name }) => name === 'Tags')
  assert.deepEqual(tags, { name: 'Tags', type: 'Tag', isList: true, required: false })
  assert.ok(KMS.operations.Decrypt.errors.includes('InvalidCiphertextException'))
})

/** Members that may be logged, as an operation's declaration selects them. */
type Public<T> = { [K in keyof T]-?: NonNullable<T[K]> extends Secret ? never : K }[keyof T]
const loggable = <N extends OperationName>(_operation: N, request: Public<Input<N>>[], response: Public<Output<N>>[]) =>
  request.length + response.length

test('the compiler keeps secrets out of a list of members to log', () => {
  assert.equal(loggable('GenerateDataKey', ['KeyId', 'EncryptionContext'], ['KeyId', 'CiphertextBlob']), 4)
  // @ts-expect-error: Plaintext is a Secret
  loggable('GenerateDataKey', [], ['Plaintext'])
  // @ts-expect-error: Plaintext is a Secret
  loggable('Encrypt', ['Plaintext'], [])
  // @ts-expect-error: PrivateKeyPlaintext is a Secret
  loggable('GenerateDataKeyPair', [], ['PrivateKeyPlaintext'])
})
