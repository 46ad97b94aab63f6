import type { AccessRequest } from '../../domain/policy/access.ts'
import type { Needed } from '../needed.ts'

/** Converts a needed permission to the resource of a decision. `callersAccountId` is the caller's account. */
export function namedResource(needed: Needed, callersAccountId: string): AccessRequest['resource'] {
  const { action, resource: arn, named, isNew, policy = 'none' } = needed
  const owner = ownerNamed(arn) ?? callersAccountId
  return {
    arn,
    accountId: isLookedUpAtHome(action) ? callersAccountId : owner,
    policy,
    hiddenAs: 'this resource',
    ...(named !== undefined && { named }),
    ...(isNew && { isNew }),
  }
}

/**
 * Returns the account in an ARN. AWS managed policies are available in every account, and no account can change them.
 */
export function ownerNamed(arn: string): string | undefined {
  const owner = arn.split(':')[4]
  return owner === '' || owner === 'aws' ? undefined : owner
}

/**
 * IAM looks up resources only in the caller's account. A caller with permission there learns that their account has no
 * policy or provider with an ARN of another account.
 */
function isLookedUpAtHome(action: string): boolean {
  return action.startsWith('iam:')
}
