import type { AccessRequest } from './access.ts'

/** Whether the principal's account owns the resource. What nobody can name, nobody owns. */
export function ownsResource({ principal, resource }: Pick<AccessRequest, 'principal' | 'resource'>): boolean {
  return resource.arn !== undefined && resource.accountId === principal.accountId
}
