import type { KeySet } from './key-set.ts'

/** The public keys of one issuer, from wherever they come. */
export interface IssuerKeys {
  /** The keys as they are now. Throws the refusal `IDPCommunicationError` when they are not to be had. */
  current(): Promise<KeySet>
  /**
   * For a token whose key is not among the current ones: newer keys, or the same when there are none or it is too early
   * to ask again. Tokens of strangers lead here, so an implementation limits what this may cost. Throws as `current` does.
   */
  renewed(): Promise<KeySet>
}
