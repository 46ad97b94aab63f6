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
