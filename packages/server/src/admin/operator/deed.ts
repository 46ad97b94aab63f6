import type { Auditor } from '../../audit/auditor.ts'
import { commitRecorded } from '../../audit/commit-recorded.ts'
import type { AuditOperator, AuditRecord } from '../../audit/record.ts'
import type { Directory } from '../../identity/directory/directory.ts'
import type { Hierarchy } from '../../vault/hierarchy/hierarchy.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Logger } from '../../platform/logger.ts'
import type { Random } from '../../platform/random.ts'
import type { Changeset } from '../../vault/storage/changeset.ts'
import type { Store } from '../../vault/storage/store.ts'
import { OperatorError } from './operator-error.ts'

/** An open data folder, in the hands of whoever has its root of trust. */
export interface OperatorContext {
  clock: Clock
  random: Random
  store: Store
  hierarchy: Hierarchy
  directory: Directory
  auditor: Auditor
  logger: Logger
  operator: AuditOperator
}

/** What an operator does, as the audit log tells of it. */
export interface Deed {
  name:
    | 'CreateAccount'
    | 'RecoverAdministrator'
    | 'CreateService'
    | 'DisableService'
    | 'EnableService'
    | 'DisableAccessKey'
    | 'SetRequestRate'
    | 'AddRegion'
    | 'RemoveRegion'
    | 'AcceptDatabase'
    | 'ConfirmClock'
    | 'AcceptAuditLoss'
  /** Whose resources it is about; `iam` unless given. */
  service?: 'iam' | 'kms'
  accountId: string
  request: Record<string, unknown>
  response?: Record<string, unknown>
}

/** What an operator does is no Region's: CloudTrail has such events in this one. */
const GLOBAL_REGION = 'us-east-1'

/** Makes the change durable together with its record, or neither. Throws {@link OperatorError} when another process was faster. */
export async function commitDeed(deed: Deed, changes: Changeset, context: OperatorContext): Promise<void> {
  if (await commitRecorded(changes, [recordOf(deed, context)], context)) return
  throw new OperatorError('Another process has just changed what this was to change. Look at it, and try again.')
}

/** The record of a deed. */
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
