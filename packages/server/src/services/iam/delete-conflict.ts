import { queryError, type ServiceError } from '@keyhold/protocol'

/** The error for deleting an entity that still has something attached: `must delete access keys first`. */
export function deleteConflict(what: string): ServiceError {
  return queryError('DeleteConflict', `Cannot delete entity, ${what}.`)
}
