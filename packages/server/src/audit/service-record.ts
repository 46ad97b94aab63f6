import type { AuditRecord } from './record.ts'
import { keyArn } from '../domain/keys/arns.ts'
import type { KeyRecord } from '../domain/keys/record.ts'
import type { Random } from '../platform/random.ts'

/** What the audit log says of something that the service did with a key by itself. */
export function serviceRecord(
  operation: string,
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
