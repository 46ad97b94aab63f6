import type { TokenFault } from './messages.ts'

/** A token does not do what it is asked. The detail is for operators, and has nothing secret in it. */
export class TokenError extends Error {
  override name = 'TokenError'
  readonly fault: TokenFault

  constructor(fault: TokenFault, detail: string, options?: ErrorOptions) {
    super(detail, options)
    this.fault = fault
  }
}
