import { parseArn, type ServiceError, serviceError } from '@keyhold/protocol'
import type { GrantParty } from '../../authorization/access.ts'
import { principalIdOf } from '../../directory/bind-principals.ts'
import { rootArn } from '../../identity/entity-arns.ts'
import type { Services } from '../services.ts'

/** The principal or service that a member names: as grants are matched, and as they are listed. */
export interface NamedParty {
  principal?: string | undefined
  service?: string | undefined
}

/**
 * Who is named, with the immutable id that the name stands for now. Throws InvalidArnException for a name that is nobody's
 * where policies are enforced.
 */
export async function grantParty(
  { principal, service }: NamedParty,
  { directory, enforcement }: Services,
): Promise<GrantParty | undefined> {
  if (service !== undefined) return { arn: service }
  if (principal === undefined) return undefined
  const arn = partyArn(principal)
  if (enforcement === 'off') return { arn }
  if (isRootArn(arn)) return { arn }
  const principalId = await principalIdOf(arn, directory)
  if (principalId === undefined) throw invalidPrincipal(principal)
  return { arn, principalId }
}

/** The name under which grants are listed: an account's number stands for its root. */
export function partyArn(principal: string): string {
  return /^\d{12}$/.test(principal) ? rootArn(principal) : principal
}

function isRootArn(arn: string): boolean {
  return arn === rootArn(parseArn(arn)?.account ?? '')
}

function invalidPrincipal(arn: string): ServiceError {
  return serviceError('InvalidArnException', `ARN does not refer to a valid principal: ${arn}`)
}
