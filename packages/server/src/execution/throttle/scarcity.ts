import { serviceError } from '@keyhold/protocol'
import type { AnyOperation } from '../define.ts'
import type { Admitting } from '../operations.ts'
import { isCryptographic } from './rates.ts'

/** Requests of one account in a second that change nothing, while disk space is scarce. */
const READS_PER_SECOND = 10

/**
 * Refuses, while disk space is scarce, what would use up the rest: cryptography, and reading beyond a few requests a second. What
 * changes something is answered: administrators must still be able to stop, deny and delete. Throws KMSInternalException.
 */
export function requireSpace(
  { rate, readOnly }: Pick<AnyOperation, 'rate' | 'readOnly'>,
  accountId: string,
  { space }: Pick<Admitting, 'space'>,
): void {
  if (space?.reserve.isScarce !== true) return
  if (!isCryptographic(rate) && (!readOnly || space.reads.take(accountId, READS_PER_SECOND))) return
  throw serviceError('KMSInternalException', 'Disk space is scarce: only administrative requests are answered.')
}
