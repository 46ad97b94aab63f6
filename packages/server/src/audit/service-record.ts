import type { AfterRollback } from './after-rollback.ts'
import type { AuditRecord } from './record.ts'
import { keyArn } from '../domain/keys/arns.ts'
import type { KeyRecord } from '../domain/keys/record.ts'
import type { Random } from '../platform/random.ts'

/** Everything that the service does with keys by itself, and what becomes of it when the database is put back. */
export const SERVICE_ACTIONS = {
  CreateKey: {
    lost: 'The key is made again when it is first used; nothing opens what was encrypted under the former one.',
  },
  DeleteGrants: 'again',
  DeleteKey: 'again',
  RequestApproval: { lost: 'The call that waited has to be made again.' },
  DeleteExpiredKeyMaterial: { lost: 'Expired material is of no use, and is deleted again.' },
  RotateKey: { lost: 'Its material is not in the database, and nothing opens what was encrypted under that.' },
  SynchronizeMultiRegionKey: { lost: 'It follows from what happened to the related key.' },
  UpdatePrimaryRegion: { lost: 'It follows from what happened to the related key.' },
} as const satisfies Readonly<Record<string, AfterRollback>>

/** What the audit log says of something that the service did with a key by itself. */
export function serviceRecord(
  operation: keyof typeof SERVICE_ACTIONS,
  key: KeyRecord,
  timeMs: number,
  random: Random,
  details?: Record<string, unknown>,
): AuditRecord {
  return {
    eventId: random.uuid(),
    requestId: random.uuid(),
    timeMs,
    kind: 'service',
    service: 'kms',
    operation,
    region: key.region,
    accountId: key.accountId,
    sourceIp: 'AWS Internal',
    userAgent: 'AWS Internal',
    readOnly: false,
    ...(details && { additional: details }),
    resources: [{ accountId: key.accountId, type: 'AWS::KMS::Key', arn: keyArn(key) }],
  }
}
