/** A small mistake that somebody could make: text that stands once in a source file, and what stands there instead. */
export interface Mutant {
  /** What the mistake would mean. */
  description: string
  /** From the repository's root. */
  file: string
  from: string
  to: string
}
