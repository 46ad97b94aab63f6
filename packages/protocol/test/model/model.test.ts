import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Input, OperationName, Output } from '../../src/index.ts'
import { IAM } from '../../src/model/iam.ts'
import { KMS } from '../../src/model/kms.ts'
import { hasOperation, operationOf, structureOf, wireTypeOf } from '../../src/model/model.ts'
import type { ServiceModel } from '../../src/model/model.ts'
import { STS } from '../../src/model/sts.ts'
import type { Secret } from '../../src/secret.ts'

const operations = Object.entries(KMS.operations)

test('the model has 56 operations', () => {
  assert.equal(operations.length, 56)
  assert.ok(hasOperation(KMS, 'Encapsulate'))
  for (const name of ['', 'encrypt', 'toString', '__proto__', 'ListBuckets']) assert.ok(!hasOperation(KMS, name), name)
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

for (const model of [KMS, IAM, STS] as ServiceModel[]) {
  test(`${model.signingName}: every type that the model names is in it`, () => {
    const roots = Object.values(model.operations).flatMap(({ input, output }) => [input, output ?? input])
    for (const name of [...roots, ...Object.keys(model.structures)]) {
      for (const { name: member, type } of structureOf(model, name)) {
        assert.doesNotThrow(() => wireTypeOf(model, type) ?? structureOf(model, type), `${name}.${member}`)
      }
    }
  })
}

test('IAM has 107 operations that we serve, STS 7', () => {
  assert.deepEqual(
    [IAM, STS].map(({ operations }) => Object.keys(operations).length),
    [107, 7],
  )
  assert.ok(hasOperation(IAM, 'CreateUser'))
  for (const name of ['', 'createUser', 'toString', '__proto__', 'CreateLoginProfile']) {
    assert.ok(!hasOperation(IAM, name), name)
    assert.throws(() => operationOf(IAM, name), /The service iam has no operation/)
  }
})

test('a secret access key and a web identity token are secrets; a session token is none in the model', () => {
  const typesOf = (structure: string) => structureOf(STS, structure).map(({ name, type }) => `${name} ${type}`)
  assert.ok(typesOf('Credentials').includes('SecretAccessKey secretString'))
  assert.ok(typesOf('Credentials').includes('SessionToken string'))
  assert.ok(typesOf('AssumeRoleWithWebIdentityRequest').includes('WebIdentityToken secretString'))
  assert.equal(structureOf(IAM, 'AccessKey').find(({ name }) => name === 'SecretAccessKey')?.type, 'secretString')
})

test('the model cannot be changed', () => {
  const { errors } = KMS.operations.Encrypt
  assert.throws(() => (errors as string[]).push('x'), TypeError)
  assert.throws(() => Object.assign(KMS.structures, { Tag: [] }), TypeError)
})

test('known facts: what is required, secret, a list', () => {
  assert.deepEqual(
    structureOf(KMS, 'EncryptRequest')
      .filter(({ required }) => required)
      .map(({ name }) => name),
    ['KeyId', 'Plaintext'],
  )
  const plaintext = structureOf(KMS, 'GenerateDataKeyResponse').find(({ name }) => name === 'Plaintext')
  assert.deepEqual(plaintext, { name: 'Plaintext', type: 'secretBlob', isList: false, required: false })
  const tags = structureOf(KMS, 'CreateKeyRequest').find(({ name }) => name === 'Tags')
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
