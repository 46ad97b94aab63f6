/** An operator's request cannot be carried out. The message says why, and what to do instead. */
export class OperatorError extends Error {
  override name = 'OperatorError'
  /** What the message is about, one item per line. Lines can contain text that others wrote. */
  readonly lines: readonly string[]

  constructor(message: string, lines: readonly string[] = []) {
    super(message)
    this.lines = lines
  }
}
