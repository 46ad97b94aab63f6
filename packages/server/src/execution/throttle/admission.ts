import { type Caller, placeOf } from '../../identity/accounts/caller.ts'
import type { Found } from '../lookup.ts'
import type { AuthenticatedRequest } from '../request.ts'
import type { Services } from '../services.ts'
import { groupOf, groupOfRate, type Rated } from './rates.ts'

/** The Region in which IAM's requests are counted, whichever Region their signature names. */
const IAM_REGION = 'us-east-1'

type Request = Pick<AuthenticatedRequest, 'caller' | 'service'>

/**
 * Counts a request before its input is read, if its operation determines the rate.
 *
 * IAM is one for all Regions, and so are its rates. A web identity is not counted: it names the role's account, whose
 * rate everyone with a token could use up.
 */
export async function admitByOperation(
  operation: Rated,
  { caller, service }: Request,
  { throttle }: Pick<Services, 'throttle'>,
): Promise<void> {
  const group = groupOfRate(operation)
  if (throttle === undefined || group === undefined || isService(caller) || caller.webIdentity !== undefined) return
  const region = service === 'iam' ? IAM_REGION : caller.region
  await throttle.admit({ ...placeOf(caller), region, group })
}

/** What is known of a request after its decision. */
interface DecidedRequest {
  operation: Rated
  input: object
  request: Request
  /** Whether the caller is allowed. */
  allowed: boolean
  found: readonly Found[]
}

/**
 * Counts a request whose rate depends on its key or its input. A denied request counts as symmetric, whatever the key:
 * otherwise a caller who has used up one rate could find out the type of another account's key.
 *
 * Uses by a service of its own keys do not count. Uses of an account's key count against that account, because the
 * service works for it (AWS KMS Developer Guide, "Request quotas").
 */
export async function admitByKey(
  { operation, input, request: { caller, service }, allowed, found }: DecidedRequest,
  { throttle }: Pick<Services, 'throttle'>,
): Promise<void> {
  if (throttle === undefined || service !== 'kms') return
  const key = found[0]?.key?.value
  const group = groupOf(operation, input, allowed ? key : undefined)
  if (!isService(caller)) {
    if (groupOfRate(operation) === undefined) await throttle.admit({ ...placeOf(caller), group })
  } else if (key !== undefined && key.accountId !== caller.principal.accountId) {
    await throttle.admit({ accountId: key.accountId, region: caller.region, group })
  }
}

function isService({ principal }: Caller): boolean {
  return principal.type === 'Service'
}
