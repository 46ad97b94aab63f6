import { type ServiceError, serviceError } from '@keyhold/protocol'

/** One for all: it is thrown when there is much to do, and to collect a stack costs more than the rest of a refusal. */
const TOO_FAST = serviceError(
  'ThrottlingException',
  'You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls.',
)

/** A caller asks for more than is admitted, or than there is room for: they are told to come again more slowly. */
export function tooFast(): ServiceError {
  return TOO_FAST
}
