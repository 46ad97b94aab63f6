import type { AfterRollback } from '../../audit/after-rollback.ts'
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
import { requireOperatorApproval } from './require-approval.ts'

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

const SECRET_IS_GONE = { lost: 'Its access key is not in the database: do it again, which makes another.' }
const WAITS_BEGIN_AGAIN = { lost: 'All waiting periods begin again.' }
const KEY_FROM_BEFORE = { lost: 'The database has the key from before: rotate it again.' }
const STAYS_IN_LOG = { lost: 'Its record goes on to count.' }

/** Every action of an operator, and what becomes of it when the database is put back (rollback/make-again.ts). */
export const DEEDS = {
  CreateAccount: SECRET_IS_GONE,
  RecoverAdministrator: SECRET_IS_GONE,
  CreateService: SECRET_IS_GONE,
  DisableService: 'again',
  EnableService: 'again where nothing is missing',
  CreateAccessKey: SECRET_IS_GONE,
  DisableAccessKey: 'again',
  EnableAccessKey: 'again where nothing is missing',
  SetRequestRate: 'again',
  AddRegion: 'again where nothing is missing',
  RemoveRegion: 'again',
  AddRootWay: STAYS_IN_LOG,
  RemoveRootWay: 'again',
  AcceptDatabase: WAITS_BEGIN_AGAIN,
  ConfirmClock: WAITS_BEGIN_AGAIN,
  AcceptAuditLoss: STAYS_IN_LOG,
  AcceptRollback: STAYS_IN_LOG,
  RemoveQuorumRule: { lost: 'The rule is there again: remove it again if too few approvers are left.' },
  UpgradeDataFolder: { lost: 'A database of an earlier form is refused until it is upgraded again.' },
  MakeBackup: { lost: 'Its file is there, and the list of backups does not have it.' },
  ForgetBackups: { lost: 'Its files are gone, and the list of backups has them until the next one is made.' },
  SetBackupRecipients: 'again',
  DrillBackup: { lost: 'Run a drill again.' },
  RotateDomain: KEY_FROM_BEFORE,
  RotateRoot: KEY_FROM_BEFORE,
  SealServer: STAYS_IN_LOG,
  UnsealServer: STAYS_IN_LOG,
} as const satisfies Readonly<Record<string, AfterRollback>>
export type DeedName = keyof typeof DEEDS

/** An action of an operator, as the audit log records it. */
export interface Deed {
  name: DeedName
  /** The service whose resources it concerns; `iam` by default. */
  service?: 'iam' | 'kms'
  accountId: string
  request: Record<string, unknown>
  response?: Record<string, unknown>
  /** Quorum rules of the account can demand that approvers approve it. */
  quorum?: true
}

/** Actions of operators belong to no Region. CloudTrail records such events in this one. */
const GLOBAL_REGION = 'us-east-1'

/**
 * Commits the change together with its record, or neither. Throws {@link OperatorError} if another process was faster.
 */
export async function commitDeed(deed: Deed, changes: Changeset, context: OperatorContext): Promise<void> {
  if (deed.quorum) {
    const waiting = (details: Record<string, unknown>): AuditRecord => waitingRecord(deed, details, context)
    await requireOperatorApproval(deed, changes, context, waiting)
  }
  if (await commitRecorded(changes, [recordOf(deed, context)], context)) return
  throw new OperatorError('The resource was modified by another process. Check its current state and retry.')
}

/** The audit record of an action that waits for approvals from now on. */
function waitingRecord(deed: Deed, additional: Record<string, unknown>, context: OperatorContext): AuditRecord {
  const { response: _response, request: _request, ...record } = recordOf(deed, context)
  return { ...record, service: 'keyhold', operation: 'RequestApproval', additional }
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
