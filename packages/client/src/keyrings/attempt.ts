/** Why one encrypted data key of a message did not open. */
export interface Attempt {
  /** The key provider that the message names. */
  provider: string
  /** The wrapping key that the message names. It comes from an unauthenticated header: escape it before printing. */
  key: string
  /** A sentence for people. */
  reason: string
  /** What was thrown, where something was. */
  cause?: unknown
}
