import { serviceError } from '@keyhold/protocol'
import type { AnyOperation } from '../define.ts'
import type { Admitting } from '../operations.ts'
import { isCryptographic } from './rates.ts'

/** Read-only requests per second of one account while disk space is scarce. */
const READS_PER_SECOND = 10

/**
 * While disk space is scarce, refuses cryptography, and reads beyond a few requests per second, because each writes an
 * audit record. Changes are answered: administrators must still be able to disable, deny and delete. Throws
 * KMSInternalException.
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
