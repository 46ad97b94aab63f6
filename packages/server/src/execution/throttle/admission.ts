import { type Caller, placeOf } from '../../identity/accounts/caller.ts'
import type { Found } from '../lookup.ts'
import type { AuthenticatedRequest } from '../request.ts'
import type { Services } from '../services.ts'
import { groupOf, groupOfRate, type Rated } from './rates.ts'

/** Where IAM's requests are counted, whichever Region their signature names. */
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

/** What is known of a request once it was decided upon. */
interface DecidedRequest {
  operation: Rated
  input: object
  request: Request
  /** Whether the caller may do it. */
  allowed: boolean
  found: readonly Found[]
}

/**
 * Counts a request whose rate only its key or its input can tell. A denied one counts as symmetric, whatever the key: else
 * whoever has used up one of his rates would learn from the other what sort of key somebody else's is.
 *
 * What a service does with keys of its own counts nowhere; what it does with somebody's key counts against the account
 * that has the key, as the service works for it (AWS KMS Developer Guide, "Request quotas").
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
