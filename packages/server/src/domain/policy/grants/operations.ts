/** What is known about an operation that grants can allow. */
interface GrantOperation {
  /** Whether constraints on the encryption context apply: the operation takes one, with symmetric keys. */
  encryptionContext: boolean
  /** The key usages that support the operation, or `any`. */
  usages: readonly string[] | 'any'
  /** Which keys of these usages support the operation. */
  keys: 'symmetric' | 'asymmetric' | 'both'
}

const ENCRYPTION: GrantOperation = { encryptionContext: true, usages: ['ENCRYPT_DECRYPT'], keys: 'both' }
const DATA_KEY: GrantOperation = { encryptionContext: true, usages: ['ENCRYPT_DECRYPT'], keys: 'symmetric' }
const MANAGEMENT: GrantOperation = { encryptionContext: false, usages: 'any', keys: 'both' }

function cryptographic(usage: string): GrantOperation {
  return { encryptionContext: false, usages: [usage], keys: 'both' }
}

/**
 * The operations that grants can allow, by name: the IAM action after `kms:`. Sources: AWS KMS Developer Guide, "Grants
 * in AWS KMS", grant operations; API Reference, CreateGrant, Operations: a grant can contain only operations that its
 * key supports.
 */
const GRANT_OPERATIONS: ReadonlyMap<string, GrantOperation> = new Map<string, GrantOperation>([
  ['Decrypt', ENCRYPTION],
  ['Encrypt', ENCRYPTION],
  ['ReEncryptFrom', ENCRYPTION],
  ['ReEncryptTo', ENCRYPTION],
  ['GenerateDataKey', DATA_KEY],
  ['GenerateDataKeyWithoutPlaintext', DATA_KEY],
  ['GenerateDataKeyPair', DATA_KEY],
  ['GenerateDataKeyPairWithoutPlaintext', DATA_KEY],
  ['Sign', cryptographic('SIGN_VERIFY')],
  ['Verify', cryptographic('SIGN_VERIFY')],
  ['GenerateMac', cryptographic('GENERATE_VERIFY_MAC')],
  ['VerifyMac', cryptographic('GENERATE_VERIFY_MAC')],
  ['DeriveSharedSecret', cryptographic('KEY_AGREEMENT')],
  ['Encapsulate', cryptographic('ENCAPSULATE_DECAPSULATE')],
  ['Decapsulate', cryptographic('ENCAPSULATE_DECAPSULATE')],
  ['GetPublicKey', { encryptionContext: false, usages: 'any', keys: 'asymmetric' }],
  ['DescribeKey', MANAGEMENT],
  ['CreateGrant', MANAGEMENT],
  ['RetireGrant', MANAGEMENT],
])

const ACTION_PREFIX = 'kms:'

/** The properties of a key that decide which grants it supports: its usage, and its spec. */
export interface GrantableKey {
  spec: string
  usage: string
}

/** Returns the grant operation for an IAM action, or `undefined` if no grant can allow the action. */
export function grantOperation(action: string): string | undefined {
  if (!action.startsWith(ACTION_PREFIX)) return undefined
  const name = action.slice(ACTION_PREFIX.length)
  return GRANT_OPERATIONS.has(name) ? name : undefined
}

/** Returns whether constraints on the encryption context apply to a grant operation. */
export function takesEncryptionContext(operation: string): boolean {
  return GRANT_OPERATIONS.get(operation)?.encryptionContext === true
}

/** Returns the operations that a grant on such a key can contain. */
export function grantOperationsFor(key: GrantableKey): string[] {
  return [...GRANT_OPERATIONS].filter(([, operation]) => suits(operation, key)).map(([name]) => name)
}

/** Returns whether a key is a symmetric encryption key. Only these have an encryption context. */
export function isSymmetricEncryption({ spec, usage }: GrantableKey): boolean {
  return spec === 'SYMMETRIC_DEFAULT' && usage === 'ENCRYPT_DECRYPT'
}

function suits({ usages, keys }: GrantOperation, key: GrantableKey): boolean {
  return (usages === 'any' || usages.includes(key.usage)) && (keys === 'both' || keys === form(key))
}

/** HMAC keys are neither: they have no public half, and they do not encrypt. */
function form(key: GrantableKey): GrantOperation['keys'] | 'neither' {
  if (isSymmetricEncryption(key)) return 'symmetric'
  return key.usage === 'GENERATE_VERIFY_MAC' ? 'neither' : 'asymmetric'
}
