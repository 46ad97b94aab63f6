/** What an operator asked for cannot be done. The message says why, and what to do instead. */
export class OperatorError extends Error {
  override name = 'OperatorError'
  /** What the message is about, one a line. They may quote what others wrote. */
  readonly lines: readonly string[]

  constructor(message: string, lines: readonly string[] = []) {
    super(message)
    this.lines = lines
  }
}
