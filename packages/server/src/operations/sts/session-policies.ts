import { queryError, type StsInput } from '@keyhold/protocol'
import { parsePolicy } from '../../authorization/policy/parse.ts'
import type { Directory } from '../../directory/directory.ts'
import { managedPolicyText } from '../../directory/permissions.ts'
import { awsManagedPolicy } from '../../identity/aws-policies.ts'
import type { Session } from '../../identity/caller.ts'

type PolicyInput = Pick<StsInput<'AssumeRole'>, 'Policy' | 'PolicyArns'>

/** What limits a session of a role, as its token carries it. */
export type SessionPolicies = Pick<Session, 'policies' | 'policyArns'>

/**
 * The session policies that a request passes for a role of `accountId`, whose managed policies they may be. Throws
 * MalformedPolicyDocument or ValidationError.
 */
export async function acceptedSessionPolicies(
  { Policy, PolicyArns = [] }: PolicyInput,
  accountId: string,
  directory: Directory,
): Promise<SessionPolicies> {
  const fault = Policy === undefined ? undefined : parsePolicy(Policy, 'identity').fault
  if (fault) throw queryError('MalformedPolicyDocument', `${fault.message} (at ${fault.path})`)
  const policyArns = [...new Set(PolicyArns.map(({ arn = '' }) => arn))]
  for (const arn of policyArns) await requirePolicy(arn, accountId, directory)
  return {
    ...(Policy !== undefined && { policies: [Policy] }),
    ...(policyArns.length > 0 && { policyArns }),
  }
}

async function requirePolicy(arn: string, accountId: string, directory: Directory): Promise<void> {
  const isIts = awsManagedPolicy(arn) !== undefined || arn.split(':')[4] === accountId
  if (isIts && (await managedPolicyText(arn, directory.policySource)) !== undefined) return
  throw queryError('ValidationError', `The policy ${arn} is none that the account of the role has.`)
}
