/** A small mistake that a developer could make: text that occurs once in a source file, and what replaces it. */
export interface Mutant {
  /** What the mistake would mean. */
  description: string
  /** From the repository's root, like all paths here. */
  file: string
  from: string
  to: string
  /** Test files, and folders of them, of which a test must fail. The fewer they are, the sooner the answer. */
  tests: readonly string[]
  /**
   * The mistake makes a test hang, and the run is ended after this time, in milliseconds. Without the mistake the tests
   * must take less. Leave it out where a test fails by itself.
   */
  hangsMs?: number
}

/** Description, text, replacement, and what differs from the other mistakes of the file. */
export type Mistake = readonly [string, string, string, Partial<Pick<Mutant, 'tests' | 'hangsMs'>>?]

/** Makes mutants of the files in a folder. `tests` must notice them, unless a file or a mistake has tests of its own. */
export function mistakesIn(
  folder: string,
  tests: readonly string[],
): (name: string, mistakes: readonly Mistake[], testsOfFile?: readonly string[]) => Mutant[] {
  return (name, mistakes, testsOfFile = tests) =>
    mistakes.map(([description, from, to, rest]) => ({
      description,
      file: `${folder}/${name}`,
      from,
      to,
      tests: testsOfFile,
      ...rest,
    }))
}
