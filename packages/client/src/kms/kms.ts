import type { Input, OperationName, Output } from '@keyhold/protocol'

export interface CallOptions {
  /** Where the key lives. */
  region: string
  signal?: AbortSignal | undefined
}

/**
 * Something that answers the operations of AWS KMS: AWS, Keyhold, or an implementation in memory.
 *
 * `call` rejects with a `KmsError` for what the service answers and for every way of not reaching it, and with the
 * signal's reason once that aborts. Secrets in the answer are the caller's to wipe; those in the input stay the
 * caller's, too.
 */
export interface Kms {
  call<N extends OperationName>(operation: N, input: Input<N>, options: CallOptions): Promise<Output<N>>
}
