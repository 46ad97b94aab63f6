/**
 * Why there is no root of trust. Each is a refusal to start: nothing here ever leads to a new root, which could open
 * nothing that exists.
 *
 * | code | meaning |
 * |---|---|
 * | missing | no file of that name |
 * | exists | a new root was to be written where a file already stands |
 * | permissions | others than its owner may read the file, or this process may not |
 * | foreign | a sound root file, but of another data folder |
 * | damaged | not a root file, or one that changed since it was written |
 * | unsupported | a later Keyhold wrote it |
 * | io | the operating system failed |
 */
export type RootErrorCode = 'missing' | 'exists' | 'permissions' | 'foreign' | 'damaged' | 'unsupported' | 'io'

export class RootError extends Error {
  override name = 'RootError'
  readonly code: RootErrorCode

  constructor(code: RootErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** A sound root that is another than the data folder's. */
export function foreignRoot(place: string, found: string, expected: string, advice: string): RootError {
  return new RootError('foreign', `${place} holds the root ${found}; this data folder has ${expected}. ${advice}`)
}
