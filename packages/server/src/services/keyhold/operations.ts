import type { AnyOperation } from '../../execution/define.ts'
import { createForwardedSession } from './create-forwarded-session.ts'
import { createServiceSession } from './create-service-session.ts'
import { approveRequest, denyRequest, listPendingRequests, withdrawRequest } from './quorum/requests.ts'
import { deleteQuorumRule, listQuorumRules, putQuorumRule } from './quorum/rules.ts'
import { getShredCertificate } from './get-shred-certificate.ts'

/** The operations that AWS does not have: for registered services, about destroyed keys, and for approvals. */
export const KEYHOLD_OPERATIONS: readonly AnyOperation[] = [
  createForwardedSession,
  createServiceSession,
  getShredCertificate,
  putQuorumRule,
  deleteQuorumRule,
  listQuorumRules,
  listPendingRequests,
  approveRequest,
  denyRequest,
  withdrawRequest,
]
