import { EnvelopeError } from '../base/error.ts'
import type { Attempt } from '../base/attempt.ts'
import { wrappingKeyKind } from './wrapping-key.ts'

/** Says of each encrypted data key which kind of key it names, and why it did not open. */
export function nothingOpens(what: 'message' | 'key file', attempts: readonly Attempt[]): EnvelopeError {
  const reasons = attempts.map(
    ({ provider, key, reason }) => `${wrappingKeyKind(provider)} ${JSON.stringify(key)}: ${reason}`,
  )
  const message = `No encrypted data key of the ${what} could be opened. ${reasons.join(' ')}`
  return new EnvelopeError('NO_KEY_OPENS', message, { attempts })
}
