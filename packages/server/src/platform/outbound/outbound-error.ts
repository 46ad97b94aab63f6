/** Why an outbound call brought no answer. */
export type OutboundProblem =
  | 'aborted'
  | 'address-refused'
  | 'busy'
  | 'ca-file'
  | 'content-type'
  | 'encoded'
  | 'host-not-allowed'
  | 'invalid-url'
  | 'malformed'
  | 'redirect'
  | 'status'
  | 'timeout'
  | 'too-large'
  | 'unreachable'
  | 'unresolvable'

/**
 * An outbound call that brought no answer. The message is a sentence of ours that may be logged: nothing of what the
 * other side sent stands in it, and there is no `cause` in which it could.
 */
export class OutboundError extends Error {
  override name = 'OutboundError'
  readonly code: OutboundProblem

  constructor(code: OutboundProblem, message: string) {
    super(message)
    this.code = code
  }
}
