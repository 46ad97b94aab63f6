import { FileError } from '../base/errors.ts'
import { isSystemError, systemFailure, systemReason } from '../base/system-failure.ts'

/** The reader of our output has gone away, as `| head` does. The work ends in order, and the exit code is SIGPIPE's. */
export class OutputGone extends Error {
  override readonly name = 'OutputGone'
}

/** What a read or a write on a stream that is called `name` failed with, as a sentence. */
export function explained(error: unknown, doing: 'read' | 'write to', name: string): unknown {
  if (!(error instanceof Error) || !isSystemError(error)) return error
  const isGone = error.code === 'EPIPE' || error.code === 'ECONNRESET'
  if (isGone && doing === 'write to') return new OutputGone(`The reader of ${name} has gone away.`, { cause: error })
  const { next } = systemFailure(error)
  const sentence = `Cannot ${doing} ${name}: ${systemReason(error)}.`
  return new FileError(next === '' ? sentence : `${sentence} ${next}`, { cause: error })
}
