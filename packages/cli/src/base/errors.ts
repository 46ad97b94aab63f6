/** The command was called in a way that it cannot follow. The message says what to do instead. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
  /** Further lines, after the message. */
  readonly lines: readonly string[]

  constructor(message: string, { lines = [], ...options }: ErrorOptions & { lines?: readonly string[] } = {}) {
    super(message, options)
    this.lines = lines
  }
}

/** A file is not what a command needs: it is a folder, a link, or no regular file. The message says what to do. */
export class FileError extends Error {
  override readonly name = 'FileError'
}
