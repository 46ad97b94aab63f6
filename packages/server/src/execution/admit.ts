import type { Named } from './name.ts'
import type { Admitting } from './operations.ts'
import { admitByOperation } from './throttle/admission.ts'
import { payerOf } from './throttle/lines.ts'
import { requireSpace } from './throttle/scarcity.ts'

const ADMITTED = Symbol('admitted')

/** A request that there is room to read: its input may be decoded. Made by {@link admit} alone. */
export interface Admitted extends Named {
  readonly [ADMITTED]: true
}

/**
 * Admits a request before anything of its input is read. The rate of some operations only their key can tell: those are
 * counted by `authorize`.
 *
 * @throws ServiceError KMSInternalException while disk space is scarce; ThrottlingException, or IAM's Throttling, for a
 * request above its rate, or for a large body of a caller whose requests take too long.
 */
export async function admit(named: Named, services: Admitting): Promise<Admitted> {
  const { request, operation, draft } = named
  requireSpace(operation, draft.accountId, services)
  await admitByOperation(operation, request, services)
  services.throttle?.admitBody(payerOf(request.caller.principal), request.body.byteLength)
  return { ...named, [ADMITTED]: true }
}
