/** A key was to be found by its id or alias, and the caller may not ask for it: an ARN needs no look-up. */
export class LookUpDenied extends Error {
  override readonly name = 'LookUpDenied'
  readonly code = 'AccessDeniedException'

  constructor(cause: Error) {
    super(`AccessDeniedException: ${cause.message}`, { cause })
  }
}
