import type { GrantOperation, GrantRule } from '../../../../src/domain/policy/grants/grant-rule.ts'

const encryption = { usage: 'ENCRYPT_DECRYPT', keys: 'any', context: true } as const
const dataKey = { ...encryption, keys: 'symmetric' } as const
const management = { keys: 'any', context: false } as const
const use = (usage: string): Omit<GrantOperation, 'name'> => ({ usage, keys: 'any', context: false })

/**
 * The grant operations. Sources: AWS KMS Developer Guide, "Grants in AWS KMS", grant operations and grant constraints;
 * API Reference, CreateGrant, Operations.
 */
const BY_NAME: Readonly<Record<string, Omit<GrantOperation, 'name'>>> = {
  CreateGrant: { ...management, alone: false },
  Decapsulate: use('ENCAPSULATE_DECAPSULATE'),
  Decrypt: encryption,
  DeriveSharedSecret: use('KEY_AGREEMENT'),
  DescribeKey: management,
  Encapsulate: use('ENCAPSULATE_DECAPSULATE'),
  Encrypt: encryption,
  GenerateDataKey: dataKey,
  GenerateDataKeyPair: dataKey,
  GenerateDataKeyPairWithoutPlaintext: dataKey,
  GenerateDataKeyWithoutPlaintext: dataKey,
  GenerateMac: use('GENERATE_VERIFY_MAC'),
  GetPublicKey: { keys: 'asymmetric', context: false },
  ReEncryptFrom: encryption,
  ReEncryptTo: encryption,
  RetireGrant: management,
  Sign: use('SIGN_VERIFY'),
  Verify: use('SIGN_VERIFY'),
  VerifyMac: use('GENERATE_VERIFY_MAC'),
}

/** The same as a list, ordered by name. */
export const GRANTABLE: readonly GrantOperation[] = Object.entries(BY_NAME).map(([name, rule]) => ({ name, ...rule }))

/** Returns how grants can allow an action; `false` if no grant can. */
export function grantRuleOf(action: string): GrantRule | false {
  const [, name = ''] = /^kms:(.*)$/.exec(action) ?? []
  return (Object.hasOwn(BY_NAME, name) && BY_NAME[name]) || false
}
