import type { Foreseen } from '../../platform/foreseen.ts'

/**
 * Why the root of trust cannot be opened. Nothing ever creates a new root instead, which could not open existing data.
 *
 * | code | meaning |
 * |---|---|
 * | missing | there is no file of that name |
 * | exists | a new root would replace an existing file |
 * | permissions | users other than its owner can read the file, or this process cannot |
 * | foreign | a valid root file of another data folder |
 * | damaged | not a root file, or one that was modified |
 * | unsupported | a later Keyhold wrote it |
 * | wanting | it needs more than was given: a passphrase, an identity, shares, a PIN |
 * | wrong | what was given does not open it |
 * | unreachable | what holds it does not answer: an HSM, a TPM, another KMS |
 * | refused | a change of the ways to the root that would do harm |
 * | io | the operating system failed |
 */
export type RootErrorCode =
  | 'missing'
  | 'exists'
  | 'permissions'
  | 'foreign'
  | 'damaged'
  | 'unsupported'
  | 'wanting'
  | 'wrong'
  | 'unreachable'
  | 'refused'
  | 'io'

/** The root of trust cannot be opened. The message says what to do. */
export class RootError extends Error implements Foreseen {
  override name = 'RootError'
  readonly isForeseen = true
  readonly code: RootErrorCode

  constructor(code: RootErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** A sound root that is another than the data folder's. */
export function foreignRoot(place: string, found: string, expected: string, advice: string): RootError {
  return new RootError('foreign', `${place} contains the root ${found}; this data folder needs ${expected}. ${advice}`)
}

/** What a later attempt may find otherwise, without a change to the folder: for people, without names of files. */
const OUT_OF_REACH: Readonly<Partial<Record<RootErrorCode, string>>> = {
  missing: 'the root file is not there',
  io: 'the root file cannot be read',
  wanting: 'a person has to open the root',
  unreachable: 'what holds the key of the root does not answer',
}

/**
 * Whether the root could not be opened because what opens it is out of reach, by one of its ways at least: waiting may mend that.
 * A root that is damaged, foreign or open to others stays so until someone changes it.
 */
export function isOutOfReach(error: unknown): boolean {
  return failuresOf(error).some(({ code }) => OUT_OF_REACH[code] !== undefined)
}

/** Why, for those who may know how a server is and not where its root is. */
export function reasonOf(error: unknown): string {
  const reasons = failuresOf(error).flatMap(({ code }) => OUT_OF_REACH[code] ?? [])
  return [...new Set(reasons)].join(', and ')
}

/** What each of the ways to the root said; nothing for another error. */
export function codesOf(error: unknown): RootErrorCode[] {
  return failuresOf(error).map(({ code }) => code)
}

/** What each way to the root said. */
function failuresOf(error: unknown): RootError[] {
  if (!(error instanceof RootError)) return []
  const { cause } = error
  return cause instanceof AggregateError ? cause.errors.filter((one) => one instanceof RootError) : [error]
}
