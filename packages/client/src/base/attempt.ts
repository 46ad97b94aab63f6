/** Why one encrypted data key of a message did not open. */
export interface Attempt {
  /** The key provider that the message names. */
  provider: string
  /** The wrapping key that the message names. It comes from an unauthenticated header: escape it before printing. */
  key: string
  /** Whether a key was tried at all. If not, no keyring was responsible for this encrypted data key. */
  tried: boolean
  /** A sentence for people. */
  reason: string
  /** What was thrown, where something was. */
  cause?: unknown
}

export type Failure = Pick<Attempt, 'tried' | 'reason' | 'cause'>

/** The keyring does not answer for this encrypted data key. */
export function declined(reason: string): Failure {
  return { tried: false, reason }
}

/** The keyring's key did not open it. */
export function failed(reason: string): Failure {
  return { tried: true, reason }
}

/** As {@link failed}, for what was thrown. */
export function failedWith(cause: unknown): Failure {
  return { tried: true, reason: sentence(cause), cause }
}

function sentence(error: unknown): string {
  if (!(error instanceof Error)) return 'it failed.'
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name
  return error.message === '' ? `${code}.` : `${code}: ${error.message}`
}

/** What several keyrings said about one encrypted data key: those that tried count, and if there is none, all. */
export function mergeAttempts(attempts: readonly Attempt[]): Attempt {
  const tried = attempts.filter((attempt) => attempt.tried)
  const telling = tried.length > 0 ? tried : attempts
  const reason = [...new Set(telling.map((attempt) => attempt.reason))].join(' ')
  const cause = telling.find((attempt) => attempt.cause !== undefined)?.cause
  return { ...telling[0]!, reason, ...(cause !== undefined && { cause }) }
}
