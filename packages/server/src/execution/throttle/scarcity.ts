import { serviceError } from '@keyhold/protocol'
import type { AnyOperation } from '../define.ts'
import type { Services } from '../services.ts'
import { REQUEST_RATES } from './rates.ts'

/** Requests of one account in a second that change nothing, while disk space is scarce. */
const READS_PER_SECOND = 10

/**
 * Refuses, while disk space is scarce, what would use up the rest: cryptography, and reading beyond a few requests a second. What
 * changes something is answered: administrators must still be able to stop, deny and delete. Throws KMSInternalException.
 */
export function requireSpace(
  { service, name, readOnly }: Pick<AnyOperation, 'service' | 'name' | 'readOnly'>,
  accountId: string,
  { space }: Pick<Services, 'space'>,
): void {
  if (space?.reserve.isScarce !== true) return
  // The rates of cryptographic operations have other names than the operations: their kinds of keys.
  const isCryptography = service === 'kms' && !REQUEST_RATES.has(name)
  if (!isCryptography && (!readOnly || space.reads.take(accountId, READS_PER_SECOND))) return
  throw serviceError('KMSInternalException', 'Disk space is scarce: only administrative requests are answered.')
}
