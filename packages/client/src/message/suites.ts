/**
 * The algorithm suites, one row each. AWS Encryption SDK Specification, "Algorithm suites": all that a reader or writer
 * must know about a suite is in its row, and nothing else in this package branches on a suite's id.
 */
export interface Suite {
  /** Two bytes on the wire. */
  readonly id: number
  readonly name: SuiteName
  readonly messageVersion: 1 | 2
  readonly messageIdBytes: number
  readonly dataKeyBytes: AesKeyBytes
  /** Hash of the HKDF that derives the encryption key from the data key. Absent: the data key is used as it is. */
  readonly kdfHash?: 'sha256' | 'sha384' | 'sha512'
  /** The header's suite data: the key commitment. 0: the message does not commit to its data key. */
  readonly commitmentBytes: number
  readonly ivBytes: number
  readonly tagBytes: number
  /** The footer's signature. Absent: the message has no footer. */
  readonly signature?: SignatureScheme
}

export type AesKeyBytes = 16 | 24 | 32

/** ECDSA over a curve, with a hash. */
export interface SignatureScheme {
  readonly curve: 'P-256' | 'P-384'
  readonly hash: 'sha256' | 'sha384'
  /** Of the compressed point. */
  readonly publicKeyBytes: number
}

export type SuiteName =
  | 'AES_128_GCM_IV12_TAG16_NO_KDF'
  | 'AES_192_GCM_IV12_TAG16_NO_KDF'
  | 'AES_256_GCM_IV12_TAG16_NO_KDF'
  | 'AES_128_GCM_IV12_TAG16_HKDF_SHA256'
  | 'AES_192_GCM_IV12_TAG16_HKDF_SHA256'
  | 'AES_256_GCM_IV12_TAG16_HKDF_SHA256'
  | 'AES_128_GCM_IV12_TAG16_HKDF_SHA256_ECDSA_P256'
  | 'AES_192_GCM_IV12_TAG16_HKDF_SHA384_ECDSA_P384'
  | 'AES_256_GCM_IV12_TAG16_HKDF_SHA384_ECDSA_P384'
  | 'AES_256_GCM_HKDF_SHA512_COMMIT_KEY'
  | 'AES_256_GCM_HKDF_SHA512_COMMIT_KEY_ECDSA_P384'

const P256: SignatureScheme = Object.freeze({ curve: 'P-256', hash: 'sha256', publicKeyBytes: 33 })
const P384: SignatureScheme = Object.freeze({ curve: 'P-384', hash: 'sha384', publicKeyBytes: 49 })

const GCM = { ivBytes: 12, tagBytes: 16 } as const
const VERSION_1 = { ...GCM, messageVersion: 1, messageIdBytes: 16, commitmentBytes: 0 } as const
const VERSION_2 = { ...GCM, messageVersion: 2, messageIdBytes: 32, commitmentBytes: 32 } as const

type Derivation = Pick<Suite, 'kdfHash' | 'signature'>

function uncommitted(id: number, name: SuiteName, dataKeyBytes: AesKeyBytes, derivation: Derivation = {}): Suite {
  return Object.freeze({ ...VERSION_1, id, name, dataKeyBytes, ...derivation })
}

function committing(id: number, name: SuiteName, signature?: SignatureScheme): Suite {
  return Object.freeze({ ...VERSION_2, id, name, dataKeyBytes: 32, kdfHash: 'sha512', ...(signature && { signature }) })
}

/** AES-256-GCM with HKDF-SHA-512 and key commitment. */
export const COMMITTED: Suite = committing(0x0478, 'AES_256_GCM_HKDF_SHA512_COMMIT_KEY')

/** The same, and an ECDSA P-384 signature over the whole message. The default. */
export const COMMITTED_SIGNED: Suite = committing(0x0578, 'AES_256_GCM_HKDF_SHA512_COMMIT_KEY_ECDSA_P384', P384)

/** What replaces the two above where a policy forbids commitment. */
export const UNCOMMITTED: Suite = uncommitted(0x0178, 'AES_256_GCM_IV12_TAG16_HKDF_SHA256', 32, { kdfHash: 'sha256' })
export const UNCOMMITTED_SIGNED: Suite = uncommitted(0x0378, 'AES_256_GCM_IV12_TAG16_HKDF_SHA384_ECDSA_P384', 32, {
  kdfHash: 'sha384',
  signature: P384,
})

/** Every suite of the specification, by id. */
export const SUITES: readonly Suite[] = Object.freeze([
  uncommitted(0x0014, 'AES_128_GCM_IV12_TAG16_NO_KDF', 16),
  uncommitted(0x0046, 'AES_192_GCM_IV12_TAG16_NO_KDF', 24),
  uncommitted(0x0078, 'AES_256_GCM_IV12_TAG16_NO_KDF', 32),
  uncommitted(0x0114, 'AES_128_GCM_IV12_TAG16_HKDF_SHA256', 16, { kdfHash: 'sha256' }),
  uncommitted(0x0146, 'AES_192_GCM_IV12_TAG16_HKDF_SHA256', 24, { kdfHash: 'sha256' }),
  UNCOMMITTED,
  uncommitted(0x0214, 'AES_128_GCM_IV12_TAG16_HKDF_SHA256_ECDSA_P256', 16, { kdfHash: 'sha256', signature: P256 }),
  uncommitted(0x0346, 'AES_192_GCM_IV12_TAG16_HKDF_SHA384_ECDSA_P384', 24, { kdfHash: 'sha384', signature: P384 }),
  UNCOMMITTED_SIGNED,
  COMMITTED,
  COMMITTED_SIGNED,
])

const BY_ID: ReadonlyMap<number, Suite> = new Map(SUITES.map((suite) => [suite.id, suite]))

export function suiteOf(id: number): Suite | undefined {
  return BY_ID.get(id)
}

/** Whether a message of this suite opens under one data key only. */
export function isCommitting(suite: Suite): boolean {
  return suite.commitmentBytes > 0
}
