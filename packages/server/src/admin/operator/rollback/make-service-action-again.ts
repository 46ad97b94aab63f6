import type { AuditRecord } from '../../../audit/record.ts'
import { parseKeyReference } from '../../../domain/keys/identifiers.ts'
import type { KeyRecord } from '../../../domain/keys/record.ts'
import { deleteKey, deleteSurplusGrantsOf } from '../../../jobs/deletion.ts'
import type { Authentic } from '../../../vault/records/authentic.ts'
import { keyTable } from '../../../vault/records/key.ts'
import { WaitOver } from '../../../vault/records/wait-over.ts'
import type { OperatorContext } from '../deed.ts'
import type { MadeAgain } from './made-again.ts'

/**
 * Does again what the service did by itself: it deleted a key whose waiting period was over, or the grants of one of which the
 * deletion was interrupted. The material of such a key must not come back.
 */
export async function makeServiceActionAgain(record: AuditRecord, context: OperatorContext): Promise<MadeAgain> {
  const key = await keyOf(record, context)
  if (key === undefined) return 'void'
  const run = { ...context, nowMs: context.clock.now() }
  const over = WaitOver.byRecord()
  const isDone =
    record.operation === 'DeleteKey'
      ? (await deleteKey(key, over, run)) === 'done'
      : await deleteSurplusGrantsOf(key, over, run)
  return isDone ? 'made' : { failed: 'Another process changed the key. Stop every server on the folder.' }
}

async function keyOf(
  { resources: [resource] }: AuditRecord,
  { records }: OperatorContext,
): Promise<Authentic<KeyRecord> | undefined> {
  const named = parseKeyReference(resource?.arn ?? '')
  if (named.kind !== 'key' || named.region === undefined) return undefined
  return records.get(keyTable, { region: named.region, keyId: named.keyId })
}
