import { policyOf } from '../../support/identities.ts'
import { ACCOUNT, base64, OTHER_ACCOUNT, REGION } from '../../support/service.ts'
import { ABSENT_ARN, ALIAS_ARN, denied, ENCRYPT, type ErrorRow, EVERYTHING } from './error-row.ts'

const ABSENT = ABSENT_ARN.split('/')[1]

export const NOT_FOUND: readonly ErrorRow[] = [
  { why: 'an id', name: 'DescribeKey', input: { KeyId: ABSENT }, fault: `Key '${ABSENT_ARN}' does not exist` },
  { why: 'an ARN', name: 'DescribeKey', input: { KeyId: ABSENT_ARN }, fault: `Key '${ABSENT_ARN}' does not exist` },
  { why: 'no id', name: 'DescribeKey', input: { KeyId: 'fake-key-id' }, fault: "Invalid keyId 'fake-key-id'" },
  {
    why: 'another Region',
    name: 'DescribeKey',
    input: { KeyId: ABSENT_ARN.replace(REGION, 'us-east-1') },
    fault: 'Invalid arn us-east-1',
  },
  {
    why: 'an alias',
    name: 'Encrypt',
    input: { ...ENCRYPT, KeyId: 'alias/none' },
    fault: `Alias ${ALIAS_ARN}/none is not found.`,
  },
  {
    why: 'a policy',
    name: 'GetKeyPolicy',
    input: { KeyId: 'KEY', PolicyName: 'other' },
    fault: 'No such policy exists',
  },
  {
    why: 'a grant',
    name: 'RevokeGrant',
    input: { KeyId: 'KEY', GrantId: 'ab'.repeat(32) },
    fault: `Grant ID ${'ab'.repeat(32)} not found`,
  },
].map((row) => ({ ...row, fault: `NotFoundException: ${row.fault}` }) as ErrorRow)

export const STATES: readonly ErrorRow[] = [
  {
    why: 'a disabled key',
    name: 'Encrypt',
    state: { state: 'Disabled' },
    fault: 'DisabledException: ARN is disabled.',
  },
  ...(
    [
      ['PendingImport', 'is pending import.'],
      ['PendingDeletion', 'is pending deletion.'],
      ['PendingReplicaDeletion', 'is pending deletion.'],
      ['Unavailable', 'is unavailable.'],
      ['Creating', 'is creating.'],
    ] as const
  ).map(([state, words]): ErrorRow => ({
    why: `a key in state ${state}`,
    name: 'Encrypt',
    state: { state },
    fault: `KMSInvalidStateException: ARN ${words}`,
  })),
  {
    why: 'a key that changes places',
    name: 'DisableKey',
    input: { KeyId: 'KEY' },
    state: { state: 'Updating' },
    fault: 'KMSInvalidStateException: ARN is updating.',
  },
  {
    why: 'a deletion that is not',
    name: 'CancelKeyDeletion',
    input: { KeyId: 'KEY' },
    fault: 'KMSInvalidStateException: ARN is not pending deletion.',
  },
]

export const USAGE: readonly ErrorRow[] = [
  {
    why: 'a key of another usage',
    name: 'Encrypt',
    state: { spec: 'HMAC_256', usage: 'GENERATE_VERIFY_MAC' },
    fault: 'InvalidKeyUsageException: ARN key usage is GENERATE_VERIFY_MAC which is not valid for Encrypt.',
  },
  {
    why: 'an algorithm of another spec',
    name: 'Encrypt',
    input: { ...ENCRYPT, EncryptionAlgorithm: 'RSAES_OAEP_SHA_1' },
    fault: 'InvalidKeyUsageException: Algorithm RSAES_OAEP_SHA_1 is incompatible with key spec SYMMETRIC_DEFAULT.',
  },
  {
    why: 'a key without replicas',
    name: 'ReplicateKey',
    input: { KeyId: 'KEY', ReplicaRegion: 'us-west-2' },
    fault: 'UnsupportedOperationException: ARN is not a multi-region primary key.',
  },
  {
    why: 'a dry run',
    name: 'Encrypt',
    input: { ...ENCRYPT, DryRun: true },
    fault: 'DryRunOperationException: The request would have succeeded, but the DryRun option is set.',
  },
  {
    why: 'a ciphertext of another key',
    name: 'Decrypt',
    input: { KeyId: 'KEY', CiphertextBlob: 'CIPHERTEXT' },
    fault: 'IncorrectKeyException: The key ID in the request does not identify a CMK that can perform this operation.',
  },
  {
    why: 'another context',
    name: 'Decrypt',
    input: { CiphertextBlob: 'CIPHERTEXT', EncryptionContext: { a: 'b' } },
    fault: 'InvalidCiphertextException',
  },
  {
    why: 'a ciphertext that is none',
    name: 'Decrypt',
    input: { CiphertextBlob: base64('no ciphertext') },
    fault: 'InvalidCiphertextException',
  },
]

/** What comes first hides what would come later: input, permission, state, usage, the doing, and a dry run last of all. */
export const PRECEDENCE: readonly ErrorRow[] = [
  {
    why: 'input before permission',
    name: 'Encrypt',
    input: { Plaintext: ENCRYPT.Plaintext },
    caller: 'unprivileged',
    fault:
      "ValidationException: 1 validation error detected: Value null at 'keyId' failed to satisfy constraint: Member must not be null",
  },
  {
    why: 'permission before state and usage',
    name: 'Encrypt',
    state: { state: 'Disabled', spec: 'HMAC_256', usage: 'GENERATE_VERIFY_MAC' },
    caller: 'unprivileged',
    fault: denied(
      'unprivileged',
      'Encrypt',
      'on resource: ARN because no identity-based policy allows the kms:Encrypt action',
    ),
  },
  {
    why: 'state before usage',
    name: 'Encrypt',
    state: { state: 'Disabled', spec: 'HMAC_256', usage: 'GENERATE_VERIFY_MAC' },
    fault: 'DisabledException: ARN is disabled.',
  },
  {
    why: 'the kind of key before its state',
    name: 'ReplicateKey',
    input: { KeyId: 'KEY', ReplicaRegion: 'us-west-2' },
    state: { state: 'PendingImport' },
    fault: 'UnsupportedOperationException: ARN is not a multi-region primary key.',
  },
  {
    why: 'state before a dry run’s success',
    name: 'Encrypt',
    input: { ...ENCRYPT, DryRun: true },
    state: { state: 'Disabled' },
    fault: 'DisabledException: ARN is disabled.',
  },
  {
    why: 'the ciphertext before a dry run’s success',
    name: 'Decrypt',
    input: { CiphertextBlob: 'CIPHERTEXT', EncryptionContext: { a: 'b' }, DryRun: true },
    fault: 'InvalidCiphertextException',
  },
]

const HIDDEN =
  'because the resource does not exist in this Region, no resource-based policies allow access, or a resource-based ' +
  'policy explicitly denies access'

const UNSHARED = policyOf({ ...EVERYTHING, Principal: { AWS: OTHER_ACCOUNT } })
const DENY_ENCRYPT = { ...EVERYTHING, Effect: 'Deny', Action: 'kms:Encrypt' }
const STRANGERS_DENIAL =
  `AccessDeniedException: User: arn:aws:iam::${OTHER_ACCOUNT}:user/tester is not authorized to perform: kms:Decrypt on ` +
  `the resource associated with this ciphertext ${HIDDEN}`

export const DENIALS: readonly ErrorRow[] = [
  {
    why: 'none of the caller’s policies allows it',
    name: 'Encrypt',
    caller: 'unprivileged',
    fault: denied(
      'unprivileged',
      'Encrypt',
      'on resource: ARN because no identity-based policy allows the kms:Encrypt action',
    ),
  },
  {
    why: 'an operation without a resource',
    name: 'ListKeys',
    input: {},
    caller: 'unprivileged',
    fault: denied(
      'unprivileged',
      'ListKeys',
      'on resource: * because no identity-based policy allows the kms:ListKeys action',
    ),
  },
  {
    why: 'a key of another account',
    name: 'Encrypt',
    input: { ...ENCRYPT, KeyId: ABSENT_ARN.replace(ACCOUNT, OTHER_ACCOUNT) },
    fault: denied('admin', 'Encrypt', `on this resource ${HIDDEN}`),
  },
  {
    why: 'no resource-based policy allows it',
    name: 'Encrypt',
    before: ['PutKeyPolicy', { KeyId: 'KEY', Policy: UNSHARED, BypassPolicyLockoutSafetyCheck: true }],
    fault: denied(
      'admin',
      'Encrypt',
      'on resource: ARN because no resource-based policy allows the kms:Encrypt action',
    ),
  },
  {
    why: 'the key of a ciphertext',
    name: 'Decrypt',
    input: { CiphertextBlob: 'CIPHERTEXT' },
    caller: 'stranger',
    fault: STRANGERS_DENIAL,
  },
  {
    why: 'the key policy denies it',
    name: 'Encrypt',
    before: ['PutKeyPolicy', { KeyId: 'KEY', Policy: policyOf(EVERYTHING, DENY_ENCRYPT) }],
    fault: denied('admin', 'Encrypt', 'on resource: ARN with an explicit deny in a resource-based policy'),
  },
  ...(
    [
      ['forbidden', 'an identity-based policy'],
      ['bounded', 'a permissions boundary'],
      ['limited', 'a session policy'],
    ] as const
  ).map(([caller, what]): ErrorRow => ({
    why: `${what} denies it`,
    name: 'Encrypt',
    caller,
    fault: denied(caller, 'Encrypt', `on resource: ARN with an explicit deny in ${what}`),
  })),
]
