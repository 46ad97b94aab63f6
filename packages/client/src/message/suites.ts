/**
 * The algorithm suites, one row each. AWS Encryption SDK Specification, "Algorithm suites": all that a reader or writer
 * must know about a suite stands in its row, and nothing else in this package branches on a suite's id.
 */
export interface Suite {
  /** Two bytes on the wire. */
  readonly id: number
  readonly name: string
  readonly messageVersion: number
  readonly messageIdBytes: number
  readonly dataKeyBytes: number
  /** Hash of the HKDF that derives the encryption key and the commitment from the data key. */
  readonly kdfHash: 'sha512'
  /** The header's suite data: the key commitment. */
  readonly commitmentBytes: number
  readonly encryptionKeyBytes: number
  readonly ivBytes: number
  readonly tagBytes: number
  /** The footer's signature. Absent: the message has no footer. */
  readonly signature?: { readonly curve: 'P-384'; readonly hash: 'sha384'; readonly publicKeyBytes: number }
}

const COMMITTING = {
  messageVersion: 2,
  messageIdBytes: 32,
  dataKeyBytes: 32,
  kdfHash: 'sha512',
  commitmentBytes: 32,
  encryptionKeyBytes: 32,
  ivBytes: 12,
  tagBytes: 16,
} as const

/** AES-256-GCM with HKDF-SHA-512 and key commitment. */
export const COMMITTED: Suite = Object.freeze({
  ...COMMITTING,
  id: 0x0478,
  name: 'AES_256_GCM_HKDF_SHA512_COMMIT_KEY',
})

/** The same, and an ECDSA P-384 signature over the whole message. The default. */
export const COMMITTED_SIGNED: Suite = Object.freeze({
  ...COMMITTING,
  id: 0x0578,
  name: 'AES_256_GCM_HKDF_SHA512_COMMIT_KEY_ECDSA_P384',
  signature: Object.freeze({ curve: 'P-384', hash: 'sha384', publicKeyBytes: 49 }),
})

const SUITES: ReadonlyMap<number, Suite> = new Map([COMMITTED, COMMITTED_SIGNED].map((suite) => [suite.id, suite]))

export function suiteOf(id: number): Suite | undefined {
  return SUITES.get(id)
}
