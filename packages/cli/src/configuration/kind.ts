/**
 * What a setting's value can be. One kind reads the text of a flag or variable and the value of a YAML file, so that both
 * accept the same.
 */
export interface Kind<T> {
  /** The name of the value in the help, such as `number`; absent for a switch, whose flag has no value. */
  readonly placeholder?: string
  /** What is expected, as it continues "Expected …". */
  readonly words: string
  /** The only values there are, if they can be listed. */
  readonly choices?: readonly string[]
  /** Whether a flag can be repeated, each time with more values. */
  readonly repeatable?: true
  /** JSON Schema, draft 2020-12, of the value in a file. */
  readonly schema: object
  /** Reads the text of a flag or a variable. Throws {@link WrongValue}. */
  fromText(text: string): T
  /**
   * Reads a value of a YAML file, whose mappings are objects without prototype. Relative paths are resolved in `folder`.
   * Throws {@link WrongValue}.
   */
  fromFile(value: unknown, folder: string): T
  /** The text from which {@link fromText} reads the value. */
  toText(value: T): string
  /** The value as JSON shows it. */
  shown(value: T): unknown
  /** The files and folders that the value names; absent for kinds that name none. */
  paths?(value: T): readonly NamedPath[]
}

/** A path that a setting names. */
export interface NamedPath {
  path: string
  is: 'file' | 'dir'
}

/** A value is not of its kind. The message does not quote the value, which may be secret. */
export class WrongValue extends Error {
  /** The members and indices that lead to the wrong part of the value. */
  readonly path: readonly (string | number)[]

  constructor(message: string, path: readonly (string | number)[] = []) {
    super(message)
    this.path = path
  }

  /** The same, seen from the list or mapping that contains it. */
  below(step: string | number): WrongValue {
    return new WrongValue(this.message, [step, ...this.path])
  }
}

/** Runs `read` for a part of a list or mapping, and adds the step to the path of what it throws. */
export function within<T>(step: string | number, read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw error instanceof WrongValue ? error.below(step) : error
  }
}

export function expected(words: string): WrongValue {
  return new WrongValue(`Expected ${words}.`)
}
