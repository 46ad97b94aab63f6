import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { KeySpec, KeyUsageType, OperationName } from '@keyhold/protocol'
import type { Caller } from '../../../../src/identity/accounts/caller.ts'
import { addUser, ALLOW_KMS } from '../../../support/identities.ts'
import { base64, TestService } from '../../../support/service.ts'
import { spki, testKey } from '../../../crypto/support/keys.ts'

/** What policies and grants see of keys of every type, and of what is asked of them. */

const DENIED = /^AccessDeniedException/

let service: TestService
let admin: Caller

before(async () => {
  service = await TestService.open('on')
  admin = await addUser(service, 'admin', { inline: { all: ALLOW_KMS } })
})
after(() => service[Symbol.asyncDispose]())

const PEER = base64(spki(testKey('ECC_NIST_P256').publicKey))
const DIGEST = base64(new Uint8Array(32))
const ECDSA = { SigningAlgorithm: 'ECDSA_SHA_256', Message: DIGEST }
const OAEP = { EncryptionAlgorithm: 'RSAES_OAEP_SHA_1', Plaintext: base64('x') }

interface Case {
  key: [KeySpec, KeyUsageType]
  operation: OperationName
  condition: [name: string, value: string]
  /** Requests that meet the condition, then some that do not. */
  meets: readonly object[]
  misses: readonly object[]
}

const CASES: readonly Case[] = [
  {
    key: ['RSA_2048', 'SIGN_VERIFY'],
    operation: 'Sign',
    condition: ['kms:SigningAlgorithm', 'RSASSA_PSS_SHA_256'],
    meets: [{ SigningAlgorithm: 'RSASSA_PSS_SHA_256', Message: DIGEST }],
    misses: [{ SigningAlgorithm: 'RSASSA_PKCS1_V1_5_SHA_256', Message: DIGEST }],
  },
  {
    key: ['ECC_NIST_P256', 'SIGN_VERIFY'],
    operation: 'Sign',
    condition: ['kms:MessageType', 'RAW'],
    meets: [ECDSA, { ...ECDSA, MessageType: 'RAW' }],
    misses: [{ ...ECDSA, MessageType: 'DIGEST' }],
  },
  {
    key: ['ECC_NIST_P256', 'SIGN_VERIFY'],
    operation: 'Sign',
    condition: ['kms:MessageType', 'DIGEST'],
    meets: [{ ...ECDSA, MessageType: 'DIGEST' }],
    misses: [ECDSA],
  },
  {
    key: ['HMAC_256', 'GENERATE_VERIFY_MAC'],
    operation: 'GenerateMac',
    condition: ['kms:MacAlgorithm', 'HMAC_SHA_256'],
    meets: [{ MacAlgorithm: 'HMAC_SHA_256', Message: DIGEST }],
    misses: [{ MacAlgorithm: 'HMAC_SHA_512', Message: DIGEST }],
  },
  {
    key: ['ECC_NIST_P256', 'KEY_AGREEMENT'],
    operation: 'DeriveSharedSecret',
    condition: ['kms:KeyAgreementAlgorithm', 'ECDH'],
    meets: [{ KeyAgreementAlgorithm: 'ECDH', PublicKey: PEER }],
    misses: [],
  },
  {
    key: ['SYMMETRIC_DEFAULT', 'ENCRYPT_DECRYPT'],
    operation: 'GenerateDataKeyPair',
    condition: ['kms:DataKeyPairSpec', 'ECC_NIST_P256'],
    meets: [{ KeyPairSpec: 'ECC_NIST_P256' }],
    misses: [{ KeyPairSpec: 'ECC_NIST_P384' }],
  },
  {
    key: ['SYMMETRIC_DEFAULT', 'ENCRYPT_DECRYPT'],
    operation: 'GenerateDataKeyPair',
    condition: ['kms:EncryptionAlgorithm', 'SYMMETRIC_DEFAULT'],
    meets: [{ KeyPairSpec: 'ECC_NIST_P256' }],
    misses: [],
  },
  {
    key: ['RSA_2048', 'ENCRYPT_DECRYPT'],
    operation: 'Encrypt',
    condition: ['kms:EncryptionAlgorithm', 'RSAES_OAEP_SHA_1'],
    meets: [OAEP],
    misses: [{ ...OAEP, EncryptionAlgorithm: 'RSAES_OAEP_SHA_256' }, { Plaintext: base64('x') }],
  },
  {
    key: ['ML_KEM_512', 'ENCAPSULATE_DECAPSULATE'],
    operation: 'Encapsulate',
    condition: ['kms:KeySpec', 'ML_KEM_512'],
    meets: [{ EncapsulationAlgorithm: 'ML_KEM' }],
    misses: [],
  },
]

for (const [index, { key, operation, condition, meets, misses }] of CASES.entries()) {
  const [name, value] = condition
  test(`${operation} is allowed where ${name} is ${value}, and not where it is another`, async () => {
    const [KeySpec, KeyUsage] = key
    const { keyId: KeyId } = await service.createKey({ KeySpec, KeyUsage }, admin)
    const allowing = (text: string): Promise<Caller> =>
      addUser(service, `${operation}${index}${text.length}`.toLowerCase(), {
        inline: {
          one: {
            Effect: 'Allow',
            Action: `kms:${operation}`,
            Resource: '*',
            Condition: { StringEquals: { [name]: text } },
          },
        },
      })
    const [user, other] = [await allowing(value), await allowing(`not ${value}`)]
    for (const request of meets) {
      await service.ok(operation, { KeyId, ...request }, user)
      assert.match(await service.fault(operation, { KeyId, ...request }, other), DENIED)
    }
    for (const request of misses) assert.match(await service.fault(operation, { KeyId, ...request }, user), DENIED)
  })
}

test('CreateKey can be limited to specs, usages, origins and one Region', async () => {
  const conditions = {
    'kms:KeySpec': 'ECC_NIST_P256',
    'kms:KeyUsage': 'SIGN_VERIFY',
    'kms:KeyOrigin': 'EXTERNAL',
    'kms:MultiRegion': 'true',
    'kms:MultiRegionKeyType': 'PRIMARY',
  }
  const maker = await addUser(service, 'maker', {
    inline: {
      make: { Effect: 'Allow', Action: 'kms:CreateKey', Resource: '*', Condition: { StringEquals: conditions } },
    },
  })
  const wanted = { KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY', Origin: 'EXTERNAL', MultiRegion: true }
  await service.ok('CreateKey', wanted, maker)
  const others = [{ KeySpec: 'ECC_NIST_P384' }, { KeyUsage: 'KEY_AGREEMENT' }, { Origin: 'AWS_KMS' }]
  for (const other of [...others, { MultiRegion: false }]) {
    assert.match(await service.fault('CreateKey', { ...wanted, ...other }, maker), DENIED)
  }
})

test('conditions see of a multi-Region key what it is', async () => {
  const reader = await addUser(service, 'reader', {
    inline: {
      read: {
        Effect: 'Allow',
        Action: 'kms:DescribeKey',
        Resource: '*',
        Condition: { StringEquals: { 'kms:MultiRegion': 'true', 'kms:MultiRegionKeyType': 'PRIMARY' } },
      },
    },
  })
  const [single, primary] = [await service.createKey({}, admin), await service.createKey({ MultiRegion: true }, admin)]
  await service.ok('DescribeKey', { KeyId: primary.keyId }, reader)
  assert.match(await service.fault('DescribeKey', { KeyId: single.keyId }, reader), DENIED)
})

/** Source: AWS KMS Developer Guide, "Grants in AWS KMS": what a grant on a key of each type can allow. */
const GRANTABLE: readonly [KeySpec, KeyUsageType, readonly string[]][] = [
  [
    'SYMMETRIC_DEFAULT',
    'ENCRYPT_DECRYPT',
    [
      'Decrypt',
      'Encrypt',
      'GenerateDataKey',
      'GenerateDataKeyPair',
      'GenerateDataKeyPairWithoutPlaintext',
      'GenerateDataKeyWithoutPlaintext',
      'ReEncryptFrom',
      'ReEncryptTo',
    ],
  ],
  ['RSA_2048', 'ENCRYPT_DECRYPT', ['Decrypt', 'Encrypt', 'GetPublicKey', 'ReEncryptFrom', 'ReEncryptTo']],
  ['ML_DSA_44', 'SIGN_VERIFY', ['GetPublicKey', 'Sign', 'Verify']],
  ['ECC_NIST_P256', 'KEY_AGREEMENT', ['DeriveSharedSecret', 'GetPublicKey']],
  ['HMAC_256', 'GENERATE_VERIFY_MAC', ['GenerateMac', 'VerifyMac']],
  ['ML_KEM_512', 'ENCAPSULATE_DECAPSULATE', ['Decapsulate', 'Encapsulate', 'GetPublicKey']],
]
const ALL = [...new Set(GRANTABLE.flatMap(([, , operations]) => operations))]
const ALWAYS = ['CreateGrant', 'DescribeKey', 'RetireGrant']

for (const [KeySpec, KeyUsage, own] of GRANTABLE) {
  test(`a grant on a key of ${KeySpec} for ${KeyUsage} allows what such keys can do`, async () => {
    const { keyId: KeyId } = await service.createKey({ KeySpec, KeyUsage }, admin)
    const suitable = [...own, ...ALWAYS]
    for (const operation of [...ALL, ...ALWAYS]) {
      // CreateGrant is no grant by itself.
      const Operations = operation === 'CreateGrant' ? [operation, 'DescribeKey'] : [operation]
      const wanted = { KeyId, GranteePrincipal: admin.principal.arn, Operations }
      if (suitable.includes(operation)) await service.ok('CreateGrant', wanted, admin)
      else assert.match(await service.fault('CreateGrant', wanted, admin), /^ValidationException: /)
    }
  })
}

test('a grant lets its grantee sign, and read the public key, and nothing else', async () => {
  const ann = await addUser(service, 'ann')
  const { arn: KeyId } = await service.createKey({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' }, admin)
  const wanted = { KeyId, GranteePrincipal: ann.principal.arn, Operations: ['Sign', 'GetPublicKey'] }
  await service.ok('CreateGrant', wanted, admin)
  const { Signature } = await service.ok('Sign', { KeyId, ...ECDSA }, ann)
  await service.ok('GetPublicKey', { KeyId }, ann)
  assert.match(await service.fault('Verify', { KeyId, ...ECDSA, Signature }, ann), DENIED)
  const constrained = { ...wanted, Constraints: { EncryptionContextSubset: { a: 'b' } } }
  assert.match(await service.fault('CreateGrant', constrained, admin), /^ValidationException: Constraints/)
})
