import type { Foreseen } from '../../platform/foreseen.ts'

/**
 * Why the root of trust cannot be opened. The server does not start. It never creates a new root instead, which could
 * not open existing data.
 *
 * | code | meaning |
 * |---|---|
 * | missing | there is no file of that name |
 * | exists | a new root would replace an existing file |
 * | permissions | users other than its owner can read the file, or this process cannot |
 * | foreign | a valid root file of another data folder |
 * | damaged | not a root file, or one that was modified |
 * | unsupported | a later Keyhold wrote it |
 * | io | the operating system failed |
 */
export type RootErrorCode = 'missing' | 'exists' | 'permissions' | 'foreign' | 'damaged' | 'unsupported' | 'io'

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
