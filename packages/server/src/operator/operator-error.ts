/** What an operator asked for cannot be done. The message says why, and what to do instead. */
export class OperatorError extends Error {
  override name = 'OperatorError'
}
