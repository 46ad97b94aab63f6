import { type ServiceError, serviceError } from '@keyhold/protocol'
import { type QueryCall, queryOperation } from '../../../execution/define.ts'
import { neededToApprove, requestArn } from '../../../execution/quorum/approvals.ts'
import { peopleBehind, requesterId } from '../../../execution/quorum/people.ts'
import { requestsOf } from '../../../execution/quorum/settle.ts'
import { haveCommon } from '../../../domain/policy/quorum.ts'
import type { Caller } from '../../../identity/accounts/caller.ts'
import type { Authentic } from '../../../vault/records/authentic.ts'
import { type Approval, type QuorumRequest, quorumRequestTable } from '../../../vault/records/quorum-request.ts'
import { quorumRuleTable } from '../../../vault/records/quorum-rule.ts'
import { requestView } from './views.ts'

type RequestCall = Pick<
  QueryCall<'keyhold', 'ApproveRequest'>,
  'input' | 'caller' | 'services' | 'nowMs' | 'changes' | 'origin'
>

/** What waits is made by the refused call, which changes nothing else: neither is made again. */
const GONE = { lost: 'The request is not in the database: the call has to be made and approved again.' }

export const listPendingRequests = queryOperation<'keyhold', 'ListPendingRequests'>('keyhold', {
  name: 'ListPendingRequests',
  summary: 'Returns the calls of the account that wait for approval, and those that were denied, until they expire.',
  readOnly: true,
  audit: { request: [], response: [] },
  needs: () => [{ action: 'keyhold:ListPendingRequests', resource: '*' }],

  async run({ caller, services, nowMs }) {
    const requests = await requestsOf(caller.principal.accountId, services)
    const open = requests.map(({ value }) => value).filter(({ expiresMs }) => expiresMs > nowMs)
    return { Requests: open.toSorted((a, b) => a.createdMs - b.createdMs).map(requestView) }
  },
})

export const approveRequest = queryOperation<'keyhold', 'ApproveRequest'>('keyhold', {
  name: 'ApproveRequest',
  summary: 'Approves a call that waits for approval. Once enough approvers have, the caller repeats it.',
  readOnly: false,
  afterRollback: GONE,
  audit: { request: ['RequestId'], response: ['Request'] },
  needs: ({ RequestId: requestId }, { caller }) => [
    neededToApprove({ accountId: caller.principal.accountId, requestId }),
  ],

  async run(call) {
    const stored = await openRequest(call)
    const { value: request } = stored
    const id = await approverOf(request, call)
    if (request.denied) throw deniedAlready(request.denied.arn)
    const others = request.approvals.filter(({ principalId }) => principalId !== id)
    const approved = { ...request, approvals: [...others, await approvalBy(id, call)] }
    call.changes.update(stored, approved)
    return { Request: requestView(approved) }
  },
})

export const denyRequest = queryOperation<'keyhold', 'DenyRequest'>('keyhold', {
  name: 'DenyRequest',
  summary:
    'Denies a call that waits for approval. One approver is enough; it can be made again when the request expires.',
  readOnly: false,
  afterRollback: GONE,
  audit: { request: ['RequestId'], response: ['Request'] },
  needs: ({ RequestId }, { caller }) => [neededOnRequest('DenyRequest', RequestId, caller)],

  async run(call) {
    const stored = await openRequest(call)
    await approverOf(stored.value, call)
    const denied = { ...stored.value, denied: { arn: call.caller.principal.arn, atMs: call.nowMs } }
    call.changes.update(stored, denied)
    return { Request: requestView(denied) }
  },
})

export const withdrawRequest = queryOperation<'keyhold', 'WithdrawRequest'>('keyhold', {
  name: 'WithdrawRequest',
  summary: 'Withdraws a call of the caller that waits for approval.',
  readOnly: false,
  afterRollback: GONE,
  audit: { request: ['RequestId'], response: [] },
  needs: ({ RequestId }, { caller }) => [neededOnRequest('WithdrawRequest', RequestId, caller)],

  async run(call) {
    const stored = await openRequest(call)
    if (stored.value.requester.id !== requesterId(call.caller)) {
      throw serviceError('AccessDeniedException', `Only ${stored.value.requester.arn} can withdraw this request.`)
    }
    // A denial stays until the request expires.
    if (stored.value.denied) throw deniedAlready(stored.value.denied.arn)
    call.changes.delete(stored)
    return { RequestId: call.input.RequestId }
  },
})

function neededOnRequest(
  action: string,
  requestId: string,
  { principal }: Caller,
): { action: string; resource: string } {
  return { action: `keyhold:${action}`, resource: requestArn(principal.accountId, requestId) }
}

/** A request of the caller's account that has not expired. */
async function openRequest({
  input: { RequestId: requestId },
  caller,
  services,
  nowMs,
}: Pick<RequestCall, 'input' | 'caller' | 'services' | 'nowMs'>): Promise<Authentic<QuorumRequest>> {
  const stored = await services.records.get(quorumRequestTable, { accountId: caller.principal.accountId, requestId })
  if (stored && stored.value.expiresMs > nowMs) return stored
  throw serviceError(
    'NotFoundException',
    `No request ${requestId} waits for approval: it is done, withdrawn or expired.`,
  )
}

/** The caller's id, if a rule of the request counts their approval. */
async function approverOf(
  { accountId, rules, requester }: QuorumRequest,
  { caller, services }: Pick<RequestCall, 'caller' | 'services'>,
): Promise<string> {
  const { identityId } = caller
  const isRequester = haveCommon(await peopleBehind(caller, services.directory), requester.people)
  for (const ruleName of rules) {
    const rule = (await services.records.get(quorumRuleTable, { accountId, ruleName }))?.value
    const isNamed = rule?.approvers.some(({ principalId }) => principalId === identityId)
    if (identityId !== undefined && isNamed && (rule?.requesterMayApprove || !isRequester)) return identityId
  }
  const why = isRequester ? 'made this request' : 'is not an approver of its quorum rules'
  throw serviceError('AccessDeniedException', `User: ${caller.principal.arn} cannot approve or deny: the caller ${why}`)
}

async function approvalBy(principalId: string, call: RequestCall): Promise<Approval> {
  const { caller, nowMs: atMs, origin } = call
  const { accessKeyId, session, principal } = caller
  return {
    principalId,
    arn: principal.arn,
    people: await peopleBehind(caller, call.services.directory),
    atMs,
    accessKeyId,
    ...(session && { session: { ...(session.madeWith && { madeWith: session.madeWith }) } }),
    ...origin,
  }
}

function deniedAlready(by: string): ServiceError {
  return serviceError('ValidationException', `${by} denied this request. It can be made again when it expires.`)
}
