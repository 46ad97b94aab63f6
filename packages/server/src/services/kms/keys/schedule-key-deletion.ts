import { type ServiceError, serviceError } from '@keyhold/protocol'
import { keyArn } from '../../../domain/keys/arns.ts'
import { saidOr } from '../../../domain/policy/request-facts.ts'
import type { KeyRecord } from '../../../domain/keys/record.ts'
import { STATE_RULES } from '../../../domain/keys/states.ts'
import { DAY_MS } from './new-key.ts'
import { beginWait } from '../../../vault/records/waits.ts'
import { type Call, operation } from '../../../execution/define.ts'
import { pendingDeletion, pendingReplicaDeletion } from '../../../domain/keys/state-changes.ts'
import { managedKey } from '../targets.ts'
import { unusedDaysCondition } from './unused-days.ts'

/** Source: AWS KMS API Reference, ScheduleKeyDeletion. The API's schema allows more than the service does. */
const WINDOW_DAYS = { least: 7, most: 30, usual: 30 }

export const scheduleKeyDeletion = operation<'ScheduleKeyDeletion', 'key'>({
  name: 'ScheduleKeyDeletion',
  summary:
    'Schedules the deletion of a KMS key with all its key material. The key cannot be used during the waiting period.',
  readOnly: false,
  afterRollback: 'again',
  keys: {
    key: {
      ...managedKey<'ScheduleKeyDeletion'>(STATE_RULES.scheduleDeletion),
      conditions: async ({ PendingWindowInDays }, { key }, services) => ({
        'kms:schedulekeydeletionpendingwindowindays': saidOr(PendingWindowInDays, String(WINDOW_DAYS.usual)),
        ...(await unusedDaysCondition(key, services)),
      }),
    },
  },
  crossAccount: 'no',
  grantable: false,
  quorum: { protection: 'DESTRUCTION' },
  rate: 15,
  audit: {
    request: ['KeyId', 'PendingWindowInDays'],
    response: ['KeyId', 'DeletionDate', 'KeyState', 'PendingWindowInDays'],
  },

  check: ({ PendingWindowInDays = WINDOW_DAYS.usual }) => windowFault(PendingWindowInDays),

  async run(call) {
    const { PendingWindowInDays = WINDOW_DAYS.usual } = call.input
    const record = await scheduled(call, PendingWindowInDays)
    call.changes.update(call.keys.key, record)
    return {
      KeyId: keyArn(record),
      DeletionDate: record.deletionMs === undefined ? undefined : new Date(record.deletionMs),
      KeyState: record.state,
      PendingWindowInDays,
    }
  },
})

/**
 * A primary key is deleted last: its waiting period starts when its last replica is deleted, and has no end date until
 * then.
 */
async function scheduled(
  { keys, nowMs, services, changes }: Call<'ScheduleKeyDeletion', 'key'>,
  days: number,
): Promise<KeyRecord> {
  const { value: key } = keys.key
  const { multiRegion } = key
  const hasReplicas = multiRegion?.type === 'PRIMARY' && multiRegion.replicaRegions.length > 0
  if (hasReplicas) return pendingReplicaDeletion(key, days)
  const deletionWait = await beginWait(days * DAY_MS, nowMs, services, changes)
  return pendingDeletion(key, nowMs + days * DAY_MS, deletionWait)
}

function windowFault(days: number): ServiceError | undefined {
  return days < WINDOW_DAYS.least || days > WINDOW_DAYS.most
    ? serviceError(
        'ValidationException',
        `PendingWindowInDays must be between ${WINDOW_DAYS.least} and ${WINDOW_DAYS.most}`,
      )
    : undefined
}
