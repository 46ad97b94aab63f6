import type { AccessRequest } from '../../domain/policy/access.ts'
import type { Needed } from '../needed.ts'

/** What a request needs something on, as a decision sees it. `callersAccountId` is the caller's own account. */
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

/** The account that an ARN names. AWS's own policies are in everybody's account, and nobody can change them. */
export function ownerNamed(arn: string): string | undefined {
  const owner = arn.split(':')[4]
  return owner === '' || owner === 'aws' ? undefined : owner
}

/**
 * IAM looks for what a request names in the caller's account alone. Whoever may ask for it there learns that the account has
 * no policy or provider with the ARN of another one.
 */
function isLookedUpAtHome(action: string): boolean {
  return action.startsWith('iam:')
}
