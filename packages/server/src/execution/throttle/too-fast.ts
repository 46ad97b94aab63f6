import { queryError, type ServiceError, serviceError } from '@keyhold/protocol'
import { isServiceGroup, type RateGroup } from './rates.ts'

/** One for all: it is thrown when there is much to do, and to collect a stack costs more than the rest of a refusal. */
const TOO_FAST = serviceError(
  'ThrottlingException',
  'You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls.',
)
const TOO_FAST_BY_QUERY = queryError('Throttling', 'Rate exceeded')

/**
 * A caller asks for more than is admitted, or than there is room for: they are told to come again more slowly. `group`:
 * whose rate it is, where it is one.
 */
export function tooFast(group?: RateGroup): ServiceError {
  return group && isServiceGroup(group) ? TOO_FAST_BY_QUERY : TOO_FAST
}
