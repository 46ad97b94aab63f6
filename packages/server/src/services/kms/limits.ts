import { type ServiceError, serviceError } from '@keyhold/protocol'

/** Refuses a Limit above what this list allows; the wire schema has one range for all lists. */
export function limitFault(limit: number | undefined, most: number): ServiceError | undefined {
  return limit === undefined || limit <= most
    ? undefined
    : serviceError(
        'ValidationException',
        `1 validation error detected: Value '${limit}' at 'limit' failed to satisfy constraint: ` +
          `Member must have value less than or equal to ${most}`,
      )
}
