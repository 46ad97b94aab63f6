import { queryError, type StsInput } from '@keyhold/protocol'
import type { PolicyReference } from '../../domain/policy/policy-reference.ts'
import { acceptPolicy } from '../../domain/policy/language/put/accept.ts'
import type { Directory } from '../../identity/directory/directory.ts'
import { awsManagedPolicy } from '../../identity/accounts/aws-policies.ts'
import type { Session } from '../../identity/accounts/caller.ts'

type PolicyInput = Pick<StsInput<'AssumeRole'>, 'Policy' | 'PolicyArns'>

/** The limits of a session of a role or a federated user, as its token contains them. */
export type SessionPolicies = Pick<Session, 'policies' | 'managedPolicies'>

/**
 * Returns the session policies of a request for a session in `accountId`, whose managed policies they can name. Throws
 * MalformedPolicyDocument or ValidationError.
 */
export async function acceptedSessionPolicies(
  { Policy, PolicyArns = [] }: PolicyInput,
  accountId: string,
  directory: Directory,
): Promise<SessionPolicies> {
  const fault = Policy === undefined ? undefined : acceptPolicy(Policy, 'identity').fault
  if (fault) throw queryError('MalformedPolicyDocument', `${fault.message} (at ${fault.path})`)
  const arns = [...new Set(PolicyArns.map(({ arn = '' }) => arn))]
  const managedPolicies = await Promise.all(arns.map((arn) => managedPolicy(arn, accountId, directory)))
  return {
    ...(Policy !== undefined && { policies: [Policy] }),
    ...(managedPolicies.length > 0 && { managedPolicies }),
  }
}

async function managedPolicy(arn: string, accountId: string, directory: Directory): Promise<PolicyReference> {
  if (awsManagedPolicy(arn)) return { arn }
  const policy = arn.split(':')[4] === accountId ? await directory.managedPolicyByArn(arn) : undefined
  if (policy) return { arn, id: policy.value.policyId }
  throw queryError('ValidationError', `The policy ${arn} does not exist in the account of the session.`)
}
