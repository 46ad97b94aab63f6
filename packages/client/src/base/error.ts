import type { Attempt } from './attempt.ts'

/** What went wrong with a message, in words a program can branch on. */
export type EnvelopeErrorCode =
  /** The bytes are not a message: a field has a value that no writer produces. */
  | 'MALFORMED_MESSAGE'
  /** A message, but in a suite that this build does not know. */
  | 'UNSUPPORTED_MESSAGE'
  /** The commitment policy, or the keyring, does not go with the message's algorithm suite. */
  | 'SUITE_REFUSED'
  /** The message is signed, and was to be streamed by what releases nothing unverified. */
  | 'SIGNED_MESSAGE'
  /** The message ends before it is complete. */
  | 'TRUNCATED'
  /** Bytes follow the end of the message. */
  | 'TRAILING_BYTES'
  /** A tag, the key commitment or the signature does not verify: the message was changed, or never was one. */
  | 'NOT_AUTHENTIC'
  /** The message's encryption context contradicts what the caller expects. No KMS was called. */
  | 'CONTEXT_MISMATCH'
  /** None of the encrypted data keys could be opened; `attempts` says why, for each. */
  | 'NO_KEY_OPENS'
  /** The message asks for more than the reader allows: encrypted data keys, frame length, header length, frames. */
  | 'LIMIT_EXCEEDED'
  /** The encryption context given by the caller cannot be written. */
  | 'INVALID_CONTEXT'
  /** What the keyring or its KMS returned is not a data key that this message can use. */
  | 'INVALID_DATA_KEY'
  /** The bytes are not a key file. */
  | 'MALFORMED_KEY_FILE'
  /** The message is authentic, but its plaintext is not the text that was asked for. */
  | 'NOT_TEXT'
  /** Another program changes the same thing, or has changed it. */
  | 'CONFLICT'
  /** Another argument given by the caller makes no sense. */
  | 'INVALID_ARGUMENT'

/** Any refusal of this library to write or read a message. What a KMS answered is a `KmsError` instead. */
export class EnvelopeError extends Error {
  override readonly name = 'EnvelopeError'
  readonly code: EnvelopeErrorCode
  /** With NO_KEY_OPENS: one entry for each encrypted data key, in the order of the message. Otherwise empty. */
  readonly attempts: readonly Attempt[]

  constructor(
    code: EnvelopeErrorCode,
    message: string,
    options: ErrorOptions & { attempts?: readonly Attempt[] } = {},
  ) {
    super(message, options)
    this.code = code
    this.attempts = options.attempts ?? []
  }
}
