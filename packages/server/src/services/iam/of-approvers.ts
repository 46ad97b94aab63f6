import type { QuorumUse } from '../../execution/quorum/use.ts'

/**
 * What lets another act as an approver: who could do it alone could approve as two. A user who changes their own access keys
 * gains nothing by it.
 */
function ofApprovers<I>(kind: 'user' | 'role', nameIn: (input: I) => string | undefined): QuorumUse<I> {
  return {
    protection: 'always',
    async concerns({ approvers }, { input, caller, directory }) {
      const name = nameIn(input)
      if (name === undefined) return false
      const entity = await directory.entityName({ accountId: caller.principal.accountId, kind, name })
      const id = entity?.value.entityId
      return id !== caller.identityId && approvers.some(({ principalId }) => principalId === id)
    },
  }
}

/** For the creation of access keys of a user, by default the caller. */
export const OF_APPROVING_USERS = ofApprovers('user', ({ UserName }: { UserName?: string }) => UserName)
/** For what makes an access key active. To end one needs no quorum, as it may have leaked. */
export const OF_APPROVING_USERS_ACTIVE = ofApprovers(
  'user',
  ({ UserName, Status }: { UserName?: string; Status: string }) => (Status === 'Active' ? UserName : undefined),
)
/** For operations on what a role trusts. */
export const OF_APPROVING_ROLES = ofApprovers('role', ({ RoleName }: { RoleName: string }) => RoleName)
