import { type ServiceError, serviceError } from '@keyhold/protocol'
import type { List } from '../../execution/markers.ts'

/** A list of KMS: the operation and whatever it filters by. */
export function kmsList(...parts: readonly string[]): List {
  return { parts, invalid: invalidMarker }
}

/** A list that always fits one page hands out no marker, so it accepts none. */
export function refuseMarker(marker: string | undefined): ServiceError | undefined {
  return marker === undefined ? undefined : invalidMarker()
}

function invalidMarker(): ServiceError {
  return serviceError('InvalidMarkerException', 'The marker is not valid.')
}

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

/** One page out of rows that were read one beyond the limit: whether more follow, and after which to go on. */
export function page<T>(items: readonly T[], limit: number): { items: T[]; last?: T } {
  return items.length > limit ? { items: items.slice(0, limit), last: items[limit - 1] } : { items: [...items] }
}
