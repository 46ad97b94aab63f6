/** A small mistake that a developer could make: text that occurs once in a source file, and what replaces it. */
export interface Mutant {
  /** What the mistake would mean. */
  description: string
  /** From the repository's root. */
  file: string
  from: string
  to: string
}

/** Mistakes in the files of a folder, as rows of description, text and replacement. */
export function mistakesIn(
  folder: string,
): (name: string, mistakes: readonly (readonly [string, string, string])[]) => Mutant[] {
  return (name, mistakes) =>
    mistakes.map(([description, from, to]) => ({ description, file: `${folder}/${name}`, from, to }))
}
