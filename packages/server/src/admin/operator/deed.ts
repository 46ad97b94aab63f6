import type { Auditor } from '../../audit/auditor.ts'
import { commitRecorded } from '../../audit/commit-recorded.ts'
import type { AuditOperator, AuditRecord } from '../../audit/record.ts'
import type { Directory } from '../../identity/directory/directory.ts'
import type { Sealing } from '../../vault/hierarchy/sealing.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Logger } from '../../platform/logger.ts'
import type { Random } from '../../platform/random.ts'
import type { Changeset } from '../../vault/records/changeset.ts'
import type { Records } from '../../vault/records/records.ts'
import type { Journal } from '../../vault/storage/journal.ts'
import { OperatorError } from './operator-error.ts'

/** An open data folder, for an operator who has its root of trust. */
export interface OperatorContext {
  clock: Clock
  random: Random
  store: Journal
  hierarchy: Sealing
  records: Records
  directory: Directory
  auditor: Auditor
  logger: Logger
  operator: AuditOperator
}

/** An action of an operator, as the audit log records it. */
export interface Deed {
  name:
    | 'CreateAccount'
    | 'RecoverAdministrator'
    | 'CreateService'
    | 'DisableService'
    | 'EnableService'
    | 'CreateAccessKey'
    | 'DisableAccessKey'
    | 'EnableAccessKey'
    | 'SetRequestRate'
    | 'AddRegion'
    | 'RemoveRegion'
    | 'AcceptDatabase'
    | 'ConfirmClock'
    | 'AcceptAuditLoss'
  /** The service whose resources it concerns; `iam` by default. */
  service?: 'iam' | 'kms'
  accountId: string
  request: Record<string, unknown>
  response?: Record<string, unknown>
}

/** Actions of operators belong to no Region. CloudTrail records such events in this one. */
const GLOBAL_REGION = 'us-east-1'

/**
 * Commits the change together with its record, or neither. Throws {@link OperatorError} if another process was faster.
 */
export async function commitDeed(deed: Deed, changes: Changeset, context: OperatorContext): Promise<void> {
  if (await commitRecorded(changes, [recordOf(deed, context)], context)) return
  throw new OperatorError('The resource was modified by another process. Check its current state and retry.')
}

/** The audit record of an action. */
export function recordOf(
  { name, service = 'iam', accountId, request, response }: Deed,
  { clock, random, operator }: Pick<OperatorContext, 'clock' | 'random' | 'operator'>,
): AuditRecord {
  return {
    eventId: random.uuid(),
    requestId: random.uuid(),
    timeMs: clock.now(),
    kind: 'service',
    service,
    operation: name,
    region: GLOBAL_REGION,
    accountId,
    operator,
    sourceIp: 'AWS Internal',
    userAgent: 'AWS Internal',
    readOnly: false,
    request,
    ...(response && { response }),
    resources: [],
  }
}
