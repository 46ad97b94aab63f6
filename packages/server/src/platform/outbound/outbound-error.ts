import type { Foreseen } from '../foreseen.ts'

/** Why an outbound call failed. */
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
 * A failed outbound call. The message can be logged: it contains nothing that the other side sent, and there is no
 * `cause` that could.
 */
export class OutboundError extends Error implements Foreseen {
  override name = 'OutboundError'
  readonly isForeseen = true
  readonly code: OutboundProblem

  constructor(code: OutboundProblem, message: string) {
    super(message)
    this.code = code
  }
}
