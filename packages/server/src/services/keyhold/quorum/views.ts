import type { QuorumRequestView, QuorumRuleView } from '@keyhold/protocol'
import type { QuorumRule } from '../../../domain/policy/quorum.ts'
import type { QuorumRequest } from '../../../vault/records/quorum-request.ts'

/** A rule as the API shows it. */
export function ruleView(rule: QuorumRule): QuorumRuleView {
  return {
    RuleName: rule.ruleName,
    NeededApprovals: rule.needed,
    Approvers: rule.approvers.map(({ arn, principalId }) => ({ Arn: arn, PrincipalId: principalId })),
    Protects: [...rule.protects],
    KeyArns: [...rule.keyArns],
    KeyTags: [...rule.keyTags],
    ApprovalMinutes: rule.approvalMinutes,
    RequesterMayApprove: rule.requesterMayApprove,
  }
}

/** A request that waits, as the API shows it. */
export function requestView(request: QuorumRequest): QuorumRequestView {
  const { denied } = request
  return {
    RequestId: request.requestId,
    Action: request.action,
    Resource: request.resource,
    Requester: request.requester.arn,
    Input: JSON.stringify(request.input),
    RuleNames: [...request.rules],
    CreatedDate: new Date(request.createdMs),
    ExpirationDate: new Date(request.expiresMs),
    ApprovedBy: request.approvals.map(({ arn }) => arn),
    ...(denied && { DeniedBy: denied.arn }),
  }
}
