/**
 * How grants can allow an operation, as its declaration states (execution/define.ts). The key usage that the operation needs
 * is declared with its key. Source: AWS KMS Developer Guide, "Grants in AWS KMS", grant operations.
 */
export interface GrantRule {
  /** Which keys of this usage support the operation. HMAC keys are neither symmetric nor asymmetric here. */
  keys: 'symmetric' | 'asymmetric' | 'any'
  /** Whether constraints on the encryption context apply: the operation takes one, with symmetric keys. */
  context: boolean
  /** `false` if a grant must contain another operation in addition. */
  alone?: false
}

/** An operation that grants can contain. Its name is the IAM action after `kms:`. */
export interface GrantOperation extends GrantRule {
  name: string
  /** The usage of the key; any usage by default. */
  usage?: string
}

/** The properties of a key that decide which grants it supports: its usage, and its spec. */
export interface GrantableKey {
  spec: string
  usage: string
}

/**
 * Returns whether a grant on such a key can contain the operation: only if the key supports it. Source: AWS KMS API
 * Reference, CreateGrant, Operations.
 */
export function suitsKey({ usage = 'any', keys }: GrantOperation, key: GrantableKey): boolean {
  return (usage === 'any' || usage === key.usage) && (keys === 'any' || keys === form(key))
}

/** Returns whether a key is a symmetric encryption key. Only these have an encryption context. */
export function isSymmetricEncryption({ spec, usage }: GrantableKey): boolean {
  return spec === 'SYMMETRIC_DEFAULT' && usage === 'ENCRYPT_DECRYPT'
}

/** HMAC keys are neither: they have no public half, and they do not encrypt. */
function form(key: GrantableKey): GrantRule['keys'] | 'neither' {
  if (isSymmetricEncryption(key)) return 'symmetric'
  return key.usage === 'GENERATE_VERIFY_MAC' ? 'neither' : 'asymmetric'
}
