import type { AuditRecord } from '../audit/record.ts'
import { keyArn } from '../keys/arns.ts'
import type { KeyRecord } from '../keys/record.ts'
import { addAwsManagedKey, type AwsManagedKey } from '../lifecycle/aws-managed-key.ts'
import { Changeset } from '../storage/changeset.ts'
import type { Services } from './services.ts'

/**
 * Makes the key that a service has in an account, when somebody first uses it who may. It commits by itself, before the
 * request that needs it goes on; when another request was faster, that one's key is found next.
 */
export async function createAwsManagedKey(wanted: AwsManagedKey, services: Services): Promise<void> {
  const { auditor, clock, directory, random, store } = services
  const changes = new Changeset()
  const nowMs = clock.now()
  const key = await addAwsManagedKey(wanted, nowMs, services, changes)
  const record = creationRecord(key, nowMs, services)
  const entry = { eventId: record.eventId, record: auditor.encode(record) }
  const { committed } = await store.commit(changes.commit(random.uuid(), [entry]))
  if (committed) await auditor.relay()
  await directory.catchUp()
}

function creationRecord(key: KeyRecord, timeMs: number, { random }: Services): AuditRecord {
  const { accountId, region } = key
  return {
    eventId: random.uuid(),
    requestId: random.uuid(),
    timeMs,
    kind: 'service',
    service: 'kms',
    operation: 'CreateKey',
    region,
    accountId,
    sourceIp: 'AWS Internal',
    userAgent: 'AWS Internal',
    readOnly: false,
    resources: [{ accountId, type: 'AWS::KMS::Key', arn: keyArn(key) }],
  }
}
