import { parseArn } from '@keyhold/protocol'
import { IDENTITY_PARTITION } from '../../domain/policy/language/account-partition.ts'
import type { Directory } from './directory.ts'

/** What is needed to check whether an account or a service exists here. */
export interface KnownParties {
  directory: Directory
  /**
   * `accepted`: policies and grants can name accounts and services that do not exist on this server, and that get the
   * permissions when they are created. For development only; refused by default.
   */
  unknownParties?: 'accepted'
}

/** The domains of AWS's service principals, which tools write into policies. */
const AWS_SERVICE = /^[a-z0-9-]+(\.[a-z0-9-]+)*\.(amazonaws\.com|amazonaws\.com\.cn|amazon\.com|aws\.internal)$/

/**
 * Returns whether a policy or grant can name the account. An account that is created later gets nothing from earlier
 * policies.
 */
export async function isKnownAccount(accountId: string, { directory, unknownParties }: KnownParties): Promise<boolean> {
  return unknownParties === 'accepted' || (await directory.account(accountId)) !== undefined
}

/**
 * Returns whether a policy or grant can name the service: a registered one, or one of AWS's own, which matches nothing
 * until an operator registers it.
 */
export async function isKnownService(name: string, { directory, unknownParties }: KnownParties): Promise<boolean> {
  if (unknownParties === 'accepted' || AWS_SERVICE.test(name)) return true
  return (await directory.principal(name))?.value.type === 'Service'
}

/** Returns whether a policy can name the identity provider: by its host, or by its ARN in a known account. */
export async function isKnownProvider(name: string, known: KnownParties): Promise<boolean> {
  const arn = parseArn(name)
  if (arn === undefined) return true
  return arn.partition === IDENTITY_PARTITION && isKnownAccount(arn.account, known)
}
