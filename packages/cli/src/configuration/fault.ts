/** One thing that is wrong with a configuration. */
export interface Fault {
  /** Where: a flag, a variable, or a file with line and path. */
  where: string
  /** What, and what to do: sentences. Never quotes a secret. */
  message: string
}

/** Where a value comes from. */
export type Origin =
  | { from: 'flag'; name: string }
  | { from: 'variable'; name: string }
  | { from: 'file'; file: string; line: number; name: string }
  | { from: 'default' }

/** A value as its source has it. */
export interface Given {
  origin: Origin
  /** Throws WrongValue, and what reading the file of a secret throws. */
  read(): unknown
  /** The line in the file of the part at this path. */
  lineOf?: (path: readonly (string | number)[]) => number
}

export function whereOf(origin: Origin): string {
  if (origin.from === 'file') return `${origin.file}:${origin.line}: ${origin.name}`
  return origin.from === 'default' ? 'default' : origin.name
}
