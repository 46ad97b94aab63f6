import type { KeySet } from './key-set.ts'

/** The public keys of one issuer, from any source. */
export interface IssuerKeys {
  /** Returns the current keys. Throws the refusal `IDPCommunicationError` if they are unavailable. */
  current(): Promise<KeySet>
  /**
   * For a token whose key is not among the current ones. Returns newer keys, or the same ones if there are none or it
   * is too early to fetch them again. Forged tokens lead here, so an implementation limits the cost. Throws as
   * `current` does.
   */
  renewed(): Promise<KeySet>
}
