import { parseArn } from '@keyhold/protocol'
import { IDENTITY_PARTITION } from '../../domain/policy/language/account-partition.ts'
import type { Directory } from './directory.ts'

/** What it takes to say whether an account or a service is known here. */
export interface KnownParties {
  directory: Directory
  /**
   * `accepted`: policies and grants may name accounts and services that this server does not know, and that get what
   * these say once they are there. For development only; refused unless given.
   */
  unknownParties?: 'accepted'
}

/** The domains of the service principals that AWS has, which tools write into policies. */
const AWS_SERVICE = /^[a-z0-9-]+(\.[a-z0-9-]+)*\.(amazonaws\.com|amazonaws\.com\.cn|amazon\.com|aws\.internal)$/

/** Whether a policy or grant may name the account: one that is made later gets nothing of what was put before. */
export async function isKnownAccount(accountId: string, { directory, unknownParties }: KnownParties): Promise<boolean> {
  return unknownParties === 'accepted' || (await directory.account(accountId)) !== undefined
}

/**
 * Whether a policy or grant may name the service: a registered one, or one of AWS's own, which matches nothing until an
 * operator registers it.
 */
export async function isKnownService(name: string, { directory, unknownParties }: KnownParties): Promise<boolean> {
  if (unknownParties === 'accepted' || AWS_SERVICE.test(name)) return true
  return (await directory.principal(name))?.value.type === 'Service'
}

/** Whether a policy may name the identity provider: by its host, or by the ARN that it has in a known account. */
export async function isKnownProvider(name: string, known: KnownParties): Promise<boolean> {
  const arn = parseArn(name)
  if (arn === undefined) return true
  return arn.partition === IDENTITY_PARTITION && isKnownAccount(arn.account, known)
}
