import type { Answers } from '../../vault/root/ways/kind.ts'
import type { SealStatus } from './watched.ts'

/** What seals and unseals a running server. */
export interface SealControl {
  readonly seal: SealStatus
  /** Whether it is sealed because an operator wanted that, and not because something is out of reach. */
  readonly isSealedByOperator: boolean
  /**
   * Opens the data folder, unless it is open: by what needs no person, and by these answers. `given` says for the audit log what they
   * are. Rejects with RootError, with what else is wrong with the folder, or with SealError; then it stays sealed.
   */
  unseal(answers?: Answers, given?: string): Promise<void>
  /**
   * Seals the data folder, unless it is sealed. The audit log gets a record before; whatever becomes of that, the folder is
   * sealed. Requests under way are answered. Resolves when no key is left in memory.
   */
  sealNow(): Promise<void>
}

/** To seal or to unseal is not possible now. The message is for an operator. */
export class SealError extends Error {
  override name = 'SealError'
}
