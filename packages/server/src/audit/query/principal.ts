import { nameOf } from '../user-identity.ts'
import type { AuditRecord } from '../record.ts'

/**
 * Returns whether a record belongs to this principal, given by ARN, unique id or name; for a session, also by those of
 * its role; by the id of its access key; or by the name of the operator or of a service, including a service that acted
 * for another principal.
 */
export function isOf({ caller, operator }: AuditRecord, principal: string): boolean {
  if (operator?.user === principal) return true
  if (caller === undefined) return false
  const { arn, principalId, accessKeyId, userName, role, session } = caller
  const names = [arn, principalId, accessKeyId, userName, role?.arn, role?.principalId, session?.invokedBy]
  return names.includes(principal) || (role !== undefined && nameOf(role.arn) === principal)
}
