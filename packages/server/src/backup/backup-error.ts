import type { Foreseen } from '../platform/foreseen.ts'

/**
 * Why a backup is not made or not used.
 *
 * | code | meaning |
 * |---|---|
 * | recipients | no one could open it, or a recipient is none |
 * | target | the place cannot take it: inside the data folder, no folder, no space |
 * | damaged | the file is not what Keyhold wrote: shortened, lengthened or changed |
 * | foreign | it is of another data folder, or the root of trust did not authenticate it |
 * | locked | none of the identities given opens it |
 * | chain | a backup that it continues is missing, or is another one |
 * | unsupported | a later Keyhold made it |
 */
export type BackupErrorCode = 'recipients' | 'target' | 'damaged' | 'foreign' | 'locked' | 'chain' | 'unsupported'

/** A backup that cannot be made or used. The message says what to do. */
export class BackupError extends Error implements Foreseen {
  override name = 'BackupError'
  readonly isForeseen = true
  readonly code: BackupErrorCode

  constructor(code: BackupErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
