/**
 * Why a KMS does not do what it is asked.
 *
 * | code | meaning |
 * |---|---|
 * | no-credentials | nothing to sign the call with |
 * | refused-credentials | the KMS does not know the access key, or its secret or session is wrong |
 * | clock | the clocks of the two differ by too much |
 * | denied | the caller may not use the key |
 * | missing | there is no such key |
 * | disabled | the key is disabled |
 * | pending-deletion | the key is to be deleted |
 * | state | the key is in another state that does not work, or cannot encrypt |
 * | another-key | the KMS answered by another key than the way's |
 * | damaged | the key does not open the ciphertext |
 * | throttled | too many requests, or the KMS is busy |
 * | unreachable | no answer |
 * | no-kms | what answers is no KMS |
 * | failed | it failed otherwise |
 */
export type KmsFault =
  | 'no-credentials'
  | 'refused-credentials'
  | 'clock'
  | 'denied'
  | 'missing'
  | 'disabled'
  | 'pending-deletion'
  | 'state'
  | 'another-key'
  | 'damaged'
  | 'throttled'
  | 'unreachable'
  | 'no-kms'
  | 'failed'

/** A KMS does not do what it is asked. The detail is for operators, and has nothing secret in it. */
export class KmsError extends Error {
  override name = 'KmsError'
  readonly fault: KmsFault

  constructor(fault: KmsFault, detail: string, options?: ErrorOptions) {
    super(detail, options)
    this.fault = fault
  }
}
