import { queryError, type ServiceError } from '@keyhold/protocol'

/** What is said to whoever deletes an entity to which something still belongs: `must delete access keys first`. */
export function deleteConflict(what: string): ServiceError {
  return queryError('DeleteConflict', `Cannot delete entity, ${what}.`)
}
