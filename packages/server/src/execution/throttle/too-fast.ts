import { queryError, type ServiceError, serviceError } from '@keyhold/protocol'
import { isServiceGroup, type RateGroup } from './rates.ts'

/** A shared error: it is thrown under load, and collecting a stack costs more than the rest of a refusal. */
const TOO_FAST = serviceError(
  'ThrottlingException',
  'You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls.',
)
const TOO_FAST_BY_QUERY = queryError('Throttling', 'Rate exceeded')

/**
 * The error for a caller who exceeds a rate or the available capacity. Clients retry it more slowly. `group` is the
 * exceeded rate, if there is one.
 */
export function tooFast(group?: RateGroup): ServiceError {
  return group && isServiceGroup(group) ? TOO_FAST_BY_QUERY : TOO_FAST
}

/** Returns whether an error is one of {@link tooFast}, by whichever name its service has for it. */
export function isTooFast(error: ServiceError): boolean {
  return error === TOO_FAST || error === TOO_FAST_BY_QUERY
}
