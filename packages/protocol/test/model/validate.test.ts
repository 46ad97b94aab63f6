import assert from 'node:assert/strict'
import { test } from 'node:test'
import { KMS_CONSTRAINTS } from '../../src/model/kms-constraints.ts'
import { ENUMERATIONS } from '../../src/model/kms.gen.ts'
import { KMS } from '../../src/model/kms.ts'
import type { Input, OperationName } from '../../src/model/kms.ts'
import { validatorOf } from '../../src/model/validate.ts'
import { Secret } from '../../src/secret.ts'

const KEY = '1234abcd-12ab-34cd-56ef-1234567890ab'
const secret = (length: number): Secret => Secret.of(new Uint8Array(length).fill(0x78))
const failed = (sentence: string): string => `1 validation error detected: ${sentence}`

const check = validatorOf(KMS, KMS_CONSTRAINTS)

function validate<N extends OperationName>(operation: N, input: Partial<Record<keyof Input<N>, unknown>>) {
  return check(operation, input)
}

const SENTENCES: [string, string | undefined, string][] = [
  [
    'a number below its range',
    validate('GenerateDataKey', { KeyId: KEY, NumberOfBytes: 0 }),
    "Value '0' at 'numberOfBytes' failed to satisfy constraint: Member must have value greater than or equal to 1",
  ],
  [
    'a number above its range',
    validate('GenerateRandom', { NumberOfBytes: 1025 }),
    "Value '1025' at 'numberOfBytes' failed to satisfy constraint: Member must have value less than or equal to 1024",
  ],
  [
    'a value outside its enumeration',
    validate('CreateKey', { KeyUsage: 'RANDOM' }),
    "Value 'RANDOM' at 'keyUsage' failed to satisfy constraint: Member must satisfy enum value set: " +
      '[ENCAPSULATE_DECAPSULATE, ENCRYPT_DECRYPT, GENERATE_VERIFY_MAC, KEY_AGREEMENT, SIGN_VERIFY]',
  ],
  [
    'a long secret, which is not quoted',
    validate('Encrypt', { KeyId: KEY, Plaintext: secret(4097) }),
    "Value at 'plaintext' failed to satisfy constraint: Member must have length less than or equal to 4096",
  ],
  [
    'an empty secret',
    validate('Encrypt', { KeyId: KEY, Plaintext: secret(0) }),
    "Value at 'plaintext' failed to satisfy constraint: Member must have length greater than or equal to 1",
  ],
  [
    'a member of a structure in a list, counted from 1',
    validate('CreateKey', {
      Tags: [
        { TagKey: 'a', TagValue: '' },
        { TagKey: 'k'.repeat(129), TagValue: '' },
      ],
    }),
    `Value '${'k'.repeat(129)}' at 'tags.2.member.tagKey' failed to satisfy constraint: Member must have length less than or equal to 128`,
  ],
  [
    'a missing member of a structure in a list',
    validate('CreateKey', { Tags: [{ TagKey: 'a' }] }),
    "Value null at 'tags.1.member.tagValue' failed to satisfy constraint: Member must not be null",
  ],
  [
    'a missing member',
    validate('DescribeKey', {}),
    "Value null at 'keyId' failed to satisfy constraint: Member must not be null",
  ],
  [
    'a pattern',
    validate('CreateAlias', { AliasName: 'alias/a b', TargetKeyId: KEY }),
    "Value 'alias/a b' at 'aliasName' failed to satisfy constraint: Member must satisfy regular expression pattern: ^[a-zA-Z0-9:/_-]+$",
  ],
  [
    'a pattern that must match the whole value',
    validate('GetKeyPolicy', { KeyId: KEY, PolicyName: 'default!' }),
    String.raw`Value 'default!' at 'policyName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w]+`,
  ],
  [
    'a member of a nested structure',
    validate('Decrypt', { Recipient: { KeyEncryptionAlgorithm: 'X' } }),
    "Value 'X' at 'recipient.keyEncryptionAlgorithm' failed to satisfy constraint: Member must satisfy enum value set: [RSAES_OAEP_SHA_256]",
  ],
  [
    'an element of a list of strings',
    validate('UntagResource', { KeyId: KEY, TagKeys: ['a', ''] }),
    "Value '[a, ]' at 'tagKeys' failed to satisfy constraint: Member must satisfy constraint: " +
      '[Member must have length less than or equal to 128, Member must have length greater than or equal to 1]',
  ],
  [
    'an element of a list of enumerated values',
    validate('Decrypt', { DryRunModifiers: ['NOT_THIS'] }),
    "Value '[NOT_THIS]' at 'dryRunModifiers' failed to satisfy constraint: Member must satisfy constraint: " +
      '[Member must satisfy enum value set: [IGNORE_CIPHERTEXT]]',
  ],
  [
    'a list that is too long',
    validate('DescribeKey', { KeyId: KEY, GrantTokens: Array(11).fill('t') }),
    "Value '[t, t, t, t, t, t, t, t, t, t, t]' at 'grantTokens' failed to satisfy constraint: Member must have length less than or equal to 10",
  ],
  [
    'a blob, which shows its length only',
    validate('Decrypt', { CiphertextBlob: new Uint8Array(6145) }),
    "Value 'java.nio.HeapByteBuffer[pos=0 lim=6145 cap=6145]' at 'ciphertextBlob' failed to satisfy constraint: " +
      'Member must have length less than or equal to 6144',
  ],
]

for (const [name, actual, sentence] of SENTENCES) {
  test(`AWS's sentence for ${name}`, () => assert.equal(actual, failed(sentence)))
}

test('several failures make one message', () => {
  assert.equal(
    validate('GenerateDataKey', { NumberOfBytes: 0, KeySpec: 'AES_512' }),
    "3 validation errors detected: Value null at 'keyId' failed to satisfy constraint: Member must not be null; " +
      "Value '0' at 'numberOfBytes' failed to satisfy constraint: Member must have value greater than or equal to 1; " +
      "Value 'AES_512' at 'keySpec' failed to satisfy constraint: Member must satisfy enum value set: [AES_128, AES_256]",
  )
})

test('one value may fail several constraints', () => {
  const message = validate('CreateAlias', { AliasName: '', TargetKeyId: KEY })
  assert.match(message ?? '', /^2 validation errors .* greater than or equal to 1; Value '' .* pattern: /)
})

test('valid inputs pass, at both ends of every range', () => {
  const valid = [
    validate('GenerateDataKey', { KeyId: KEY, KeySpec: 'AES_256', EncryptionContext: { a: 'b' } }),
    validate('GenerateRandom', { NumberOfBytes: 1 }),
    validate('GenerateRandom', { NumberOfBytes: 1024 }),
    validate('GenerateRandom', {}),
    validate('Encrypt', { KeyId: 'k', Plaintext: secret(1) }),
    validate('Encrypt', { KeyId: 'k'.repeat(2048), Plaintext: secret(4096), GrantTokens: [] }),
    validate('Decrypt', { CiphertextBlob: new Uint8Array(6144), DryRunModifiers: ['IGNORE_CIPHERTEXT'] }),
    validate('CreateKey', { Description: '', Policy: '{\n\t"a": "é"\r\n}', Tags: [{ TagKey: 'k', TagValue: '' }] }),
    validate('ScheduleKeyDeletion', { KeyId: KEY, PendingWindowInDays: 365 }),
    validate('CreateGrant', { KeyId: KEY, Operations: [...ENUMERATIONS.GrantOperation] }),
    validate('ReplicateKey', { KeyId: KEY, ReplicaRegion: 'us-gov-west-1' }),
    validate('ImportKeyMaterial', {
      KeyId: KEY,
      ImportToken: new Uint8Array(1),
      EncryptedKeyMaterial: new Uint8Array(1),
      KeyMaterialDescription: 'a b',
      KeyMaterialId: 'a'.repeat(64),
    }),
  ]
  assert.deepEqual(
    valid,
    valid.map(() => undefined),
  )
})

test('characters count once, even where UTF-16 needs two units', () => {
  assert.equal(validate('TagResource', { KeyId: KEY, Tags: [{ TagKey: '😀'.repeat(128), TagValue: '' }] }), undefined)
  assert.match(
    validate('TagResource', { KeyId: KEY, Tags: [{ TagKey: '😀'.repeat(129), TagValue: '' }] }) ?? '',
    /128$/,
  )
})

test('white space in a pattern is ASCII white space', () => {
  const described = (KeyMaterialDescription: string) =>
    validate('ImportKeyMaterial', {
      KeyId: KEY,
      ImportToken: new Uint8Array(1),
      EncryptedKeyMaterial: new Uint8Array(1),
      KeyMaterialDescription,
    })
  assert.equal(described('a\tb\n'), undefined)
  assert.match(described('a\u00a0b') ?? '', /pattern: \^\[a-zA-Z0-9:\/_\\s\.-\]\+\$$/)
  assert.match(described('a\u2003b') ?? '', /pattern/)
})

test('no sensitive value is ever quoted', () => {
  const credential = {
    AccessKeyId: Secret.of(new TextEncoder().encode('hunter2')),
    RawSecretAccessKey: Secret.of(new TextEncoder().encode('hunter2')),
  }
  const message = validate('CreateCustomKeyStore', {
    CustomKeyStoreName: 'n',
    KeyStorePassword: Secret.of(new TextEncoder().encode('h2')),
    XksProxyAuthenticationCredential: credential,
  })
  assert.match(message ?? '', /^4 validation errors detected: Value at 'keyStorePassword' failed/)
  assert.match(message ?? '', /Value at 'xksProxyAuthenticationCredential\.rawSecretAccessKey' failed/)
  assert.doesNotMatch(message ?? '', /hunter2|h2|secret\]/)
})

test('a message stays small, whatever is sent', () => {
  const long = validate('DescribeKey', { KeyId: 'k'.repeat(1_000_000) }) ?? ''
  assert.ok(long.length < 5000)
  assert.match(long, /k{4096}\.\.\.' at 'keyId'/)
  const many = validate('CreateKey', { Tags: Array.from({ length: 100_000 }, () => ({})) }) ?? ''
  assert.match(many, /^32 validation errors detected: /)
  const list = validate('UntagResource', { KeyId: KEY, TagKeys: Array(100_000).fill('') }) ?? ''
  assert.ok(list.length < 5000)
})

test('a cut value is still well-formed', () => {
  const message = validate('DescribeKey', { KeyId: `${'k'.repeat(4095)}${'😀'.repeat(1000)}` }) ?? ''
  assert.ok(message.isWellFormed())
})
