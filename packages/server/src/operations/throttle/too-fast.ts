import { type ServiceError, serviceError } from '@keyhold/protocol'

/** Somebody asks for more than is admitted, or than there is room for: he is told to come again more slowly. */
export function tooFast(): ServiceError {
  return serviceError(
    'ThrottlingException',
    'You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls.',
  )
}
