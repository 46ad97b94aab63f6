import { KMS } from '@keyhold/protocol'
import { policyOf } from '../../support/identities.ts'
import { ACCOUNT, base64 } from '../../support/service.ts'
import { ALIAS_ARN, ENCRYPT, type ErrorRow, EVERYTHING, tags, validation } from './error-row.ts'

export const INPUT: readonly ErrorRow[] = [
  {
    why: 'a number below its least',
    name: 'GenerateDataKey',
    input: { KeyId: 'KEY', NumberOfBytes: 0 },
    fault: validation(
      "Value '0' at 'numberOfBytes' failed to satisfy constraint: Member must have value greater than or equal to 1",
    ),
  },
  {
    why: 'a secret that is too long',
    name: 'Encrypt',
    input: { ...ENCRYPT, Plaintext: base64(Buffer.alloc(4097)) },
    fault: validation(
      "Value at 'plaintext' failed to satisfy constraint: Member must have length less than or equal to 4096",
    ),
  },
  {
    why: 'a tag whose key is too long',
    name: 'TagResource',
    input: { KeyId: 'KEY', ...tags('x'.repeat(129)) },
    fault: validation(
      `Value '${'x'.repeat(129)}' at 'tags.1.member.tagKey' failed to satisfy constraint: ` +
        'Member must have length less than or equal to 128',
    ),
  },
  {
    why: 'a member that is missing',
    name: 'DescribeKey',
    input: {},
    fault: validation("Value null at 'keyId' failed to satisfy constraint: Member must not be null"),
  },
  {
    why: 'a word that is none of the model’s',
    name: 'CreateKey',
    input: { KeyUsage: 'RANDOM' },
    fault: validation(
      "Value 'RANDOM' at 'keyUsage' failed to satisfy constraint: Member must satisfy enum value set: " +
        `[${KMS.enumerations['KeyUsageType']?.join(', ')}]`,
    ),
  },
  {
    why: 'several members that break the model’s constraints',
    name: 'GenerateDataKey',
    input: { NumberOfBytes: 1025 },
    fault: validation(
      "Value null at 'keyId' failed to satisfy constraint: Member must not be null",
      "Value '1025' at 'numberOfBytes' failed to satisfy constraint: Member must have value less than or equal to 1024",
    ),
  },
  {
    why: 'a text of another pattern',
    name: 'ReplicateKey',
    input: { KeyId: 'KEY', ReplicaRegion: 'nowhere' },
    fault: validation(
      "Value 'nowhere' at 'replicaRegion' failed to satisfy constraint: " +
        String.raw`Member must satisfy regular expression pattern: ^([a-z]+-){2,3}\d+$`,
    ),
  },
  { why: 'no size', name: 'GenerateRandom', input: {}, fault: 'ValidationException: NumberOfBytes is required.' },
  {
    why: 'two sizes',
    name: 'GenerateDataKey',
    input: { KeyId: 'KEY', NumberOfBytes: 16, KeySpec: 'AES_128' },
    fault: 'ValidationException: Please specify either number of bytes or key spec.',
  },
  {
    why: 'a spec without a usage',
    name: 'CreateKey',
    input: { KeySpec: 'RSA_2048' },
    fault:
      'ValidationException: You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.',
  },
  {
    why: 'a usage that the spec has not',
    name: 'CreateKey',
    input: { KeySpec: 'RSA_2048', KeyUsage: 'KEY_AGREEMENT' },
    fault: 'ValidationException: KeyUsage KEY_AGREEMENT is not compatible with KeySpec RSA_2048',
  },
  {
    why: 'two names of one member',
    name: 'CreateKey',
    input: { KeySpec: 'SYMMETRIC_DEFAULT', CustomerMasterKeySpec: 'SYMMETRIC_DEFAULT' },
    fault:
      'ValidationException: You cannot specify KeySpec and CustomerMasterKeySpec in the same request. ' +
      'CustomerMasterKeySpec is deprecated.',
  },
]

export const TAGS: readonly ErrorRow[] = [
  { why: 'a tag twice', name: 'CreateKey', input: tags('a', 'a'), fault: 'TagException: Duplicate tag keys' },
  {
    why: 'too many tags',
    name: 'CreateKey',
    input: tags(...Array.from({ length: 51 }, (_, index) => `t${index}`)),
    fault: 'TagException: Too many tags',
  },
  {
    why: 'a tag of AWS',
    name: 'TagResource',
    input: { KeyId: 'KEY', ...tags('Aws:x') },
    fault: 'TagException: Tags beginning with aws: are reserved',
  },
]

export const ALIASES: readonly ErrorRow[] = [
  {
    why: 'no prefix',
    name: 'CreateAlias',
    input: { AliasName: 'name', TargetKeyId: 'KEY' },
    fault:
      'ValidationException: Alias must start with the prefix "alias/". Please see ' +
      'https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html',
  },
  {
    why: 'an alias of an alias',
    name: 'CreateAlias',
    input: { AliasName: 'alias/a', TargetKeyId: 'alias/b' },
    fault: 'ValidationException: Aliases must refer to keys. Not aliases',
  },
  {
    why: 'a name of AWS',
    name: 'CreateAlias',
    input: { AliasName: 'alias/aws/mine', TargetKeyId: 'KEY' },
    fault: 'NotAuthorizedException',
  },
  {
    why: 'a colon',
    name: 'CreateAlias',
    input: { AliasName: 'alias/a:b', TargetKeyId: 'KEY' },
    fault: 'ValidationException: alias/a:b contains invalid characters for an alias',
  },
  {
    why: 'a name that is taken',
    name: 'CreateAlias',
    input: { AliasName: 'alias/taken', TargetKeyId: 'KEY' },
    before: ['CreateAlias', { AliasName: 'alias/taken', TargetKeyId: 'OTHER' }],
    fault: `AlreadyExistsException: An alias with the name ${ALIAS_ARN}/taken already exists`,
  },
  {
    why: 'an alias where a key is managed',
    name: 'DisableKey',
    input: { KeyId: `${ALIAS_ARN}/taken` },
    fault: 'InvalidArnException: Key Aliases are not supported for this operation.',
  },
]

export const GRANTS: readonly ErrorRow[] = [
  {
    why: 'a grantee that does not exist',
    name: 'CreateGrant',
    input: { KeyId: 'KEY', GranteePrincipal: `arn:aws:iam::${ACCOUNT}:user/gone`, Operations: ['Decrypt'] },
    fault: `InvalidArnException: ARN does not refer to a valid principal: arn:aws:iam::${ACCOUNT}:user/gone`,
  },
  {
    why: 'a marker that is none',
    name: 'ListKeys',
    input: { Marker: 'marker' },
    fault: 'InvalidMarkerException: The marker is not valid.',
  },
  {
    why: 'a token that is none',
    name: 'Encrypt',
    input: { ...ENCRYPT, GrantTokens: ['token'] },
    fault: 'InvalidGrantTokenException: The grant token is not valid.',
  },
  {
    why: 'an id that is none',
    name: 'RevokeGrant',
    input: { KeyId: 'KEY', GrantId: 'id' },
    fault: "InvalidGrantIdException: Invalid grant id 'id'",
  },
]

export const POLICIES: readonly ErrorRow[] = [
  {
    why: 'a policy that locks its maker out',
    name: 'PutKeyPolicy',
    input: { KeyId: 'KEY', Policy: policyOf({ ...EVERYTHING, Action: 'kms:Encrypt' }) },
    fault:
      'MalformedPolicyDocumentException: The new key policy will not allow you to update the key policy in the future.',
  },
  {
    why: 'a principal that does not exist',
    name: 'PutKeyPolicy',
    input: {
      KeyId: 'KEY',
      Policy: policyOf(EVERYTHING, { ...EVERYTHING, Principal: { AWS: `arn:aws:iam::${ACCOUNT}:user/gone` } }),
    },
    fault: 'MalformedPolicyDocumentException: Policy contains a statement with one or more invalid principals.',
  },
  {
    why: 'ForAllValues with a key of one value',
    name: 'PutKeyPolicy',
    input: {
      KeyId: 'KEY',
      Policy: policyOf({
        ...EVERYTHING,
        Condition: { 'ForAllValues:StringEquals': { 'kms:EncryptionContext:a': 'b' } },
      }),
    },
    fault:
      'MalformedPolicyDocumentException: OverlyPermissiveCondition: Using the ForAllValues set operator with a ' +
      'single-valued condition key matches requests without the specified [encryption context or tag] or with an ' +
      'unspecified [encryption context or tag]. To fix, remove ForAllValues.',
  },
  {
    why: 'a policy that is too large',
    name: 'CreateKey',
    input: { Policy: `{${' '.repeat(32_767)}}` },
    fault: 'LimitExceededException: Key policies are limited to 32768 bytes.',
  },
]
