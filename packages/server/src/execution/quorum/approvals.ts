import { isDisabled, rolePrincipal, userPrincipal } from '../../identity/accounts/principals.ts'
import type { Caller } from '../../identity/accounts/caller.ts'
import { rowsOfRights } from '../../identity/directory/rights.ts'
import type { PrincipalRecord } from '../../vault/records/principal.ts'
import type { Approval, QuorumRequest } from '../../vault/records/quorum-request.ts'
import type { RowVersion } from '../../vault/records/changeset.ts'
import { Authorizer } from '../authorizer/authorizer.ts'
import type { ActionRules } from '../../domain/policy/action-rules.ts'
import type { Services } from '../services.ts'

type Sources = Pick<Services, 'clock' | 'directory' | 'enforcement'>

/** What policies see of the operation by which requests are approved. */
const RULES: ActionRules = { acrossAccounts: false, grantable: false, about: 'no key' }

/** The permission that approving a request needs. */
export function neededToApprove({ accountId, requestId }: Pick<QuorumRequest, 'accountId' | 'requestId'>): {
  action: string
  resource: string
} {
  return { action: 'keyhold:ApproveRequest', resource: requestArn(accountId, requestId) }
}

/** The ARN of a request that waits, as policies name it. */
export function requestArn(accountId: string, requestId: string): string {
  return `arn:aws:keyhold::${accountId}:request/${requestId}`
}

/**
 * Whether an approval still counts: its user or role is there under the same id, the credentials that signed it are in force,
 * and identity policies still allow it to approve. Returns the rows that say so, which must not change before the commit.
 */
export async function rowsInForce(
  approval: Approval,
  request: QuorumRequest,
  services: Sources,
): Promise<RowVersion[] | undefined> {
  const { directory } = services
  const stored = await directory.principal(approval.principalId)
  if (stored === undefined || stored.value.type === 'Service' || isDisabled(stored.value)) return undefined
  if (stored.value.accountId !== request.accountId) return undefined
  const caller = callerOf(approval, stored.value)
  if (approval.session === undefined) {
    const key = await directory.accessKey(approval.accessKeyId)
    if (key?.value.active !== true || key.value.principalId !== approval.principalId) return undefined
  }
  const rows = await rowsOfRights(caller, directory)
  if (rows === 'stopped' || !(await isAllowed(caller, approval, request, services))) return undefined
  return rows
}

function callerOf(approval: Approval, record: Exclude<PrincipalRecord, { type: 'Service' }>): Caller {
  const { accessKeyId, session, arn, atMs } = approval
  const owner =
    record.type === 'Role' ? rolePrincipal(record, arn.slice(arn.lastIndexOf('/') + 1)) : userPrincipal(record)
  const base = { ...owner, accessKeyId, region: 'us-east-1', service: 'keyhold' }
  if (session === undefined) return base
  const madeWith = session.madeWith && { madeWith: session.madeWith }
  return { ...base, session: { issuedMs: atMs, expiresMs: atMs, tags: [], transitiveTagKeys: [], ...madeWith } }
}

/** Decides by the policies of now, and by where the approval came from. */
async function isAllowed(
  caller: Caller,
  { sourceIp, secure, atMs }: Approval,
  request: QuorumRequest,
  services: Sources,
): Promise<boolean> {
  const asked = {
    requestId: request.requestId,
    caller,
    service: 'keyhold',
    target: undefined,
    body: new Uint8Array(),
    sourceIp,
    secure,
    userAgent: '',
    receivedAtMs: atMs,
  } as const
  const authorizer = new Authorizer({ request: asked, input: {}, tokenGrants: [] }, services)
  const { decision } = await authorizer.other(neededToApprove(request), RULES)
  return decision.allowed
}
