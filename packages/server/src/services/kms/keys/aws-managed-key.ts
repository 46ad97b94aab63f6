import { policyOfAwsManagedKey } from '../../../domain/policy/aws-managed-policy.ts'
import type { CryptoThreads } from '../../../crypto/workers/crypto-threads.ts'
import type { Sealing } from '../../../vault/hierarchy/sealing.ts'
import { aliasOfService, AWS_MANAGED_ROTATION_DAYS, type AwsManagedKey } from '../../../domain/keys/aws-managed.ts'
import type { KeyRecord } from '../../../domain/keys/record.ts'
import { keySpec } from '../../../domain/keys/specs.ts'
import type { Random } from '../../../platform/random.ts'
import type { Changeset } from '../../../vault/records/changeset.ts'
import { aliasTable } from '../../../vault/records/alias.ts'
import { addKey } from './new-key.ts'

/** Adds an AWS managed key and its alias to `changes`. Of two that are made at once, the alias lets only one in. */
export async function addAwsManagedKey(
  wanted: AwsManagedKey,
  nowMs: number,
  context: { hierarchy: Sealing; random: Random; threads: CryptoThreads },
  changes: Changeset,
): Promise<KeyRecord> {
  const { service, accountId, region } = wanted
  const record = await addKey(
    {
      accountId,
      region,
      spec: keySpec('SYMMETRIC_DEFAULT'),
      manager: 'AWS',
      description: `Protects what ${service} keeps where no other key is named`,
      tags: [],
      aliases: [aliasOfService(service)],
      policy: { text: policyOfAwsManagedKey(wanted) },
      rotationDays: AWS_MANAGED_ROTATION_DAYS,
      nowMs,
    },
    context,
    changes,
  )
  const alias = { name: aliasOfService(service), accountId, region, targetKeyId: record.keyId }
  changes.insert(aliasTable, { ...alias, createdMs: nowMs, updatedMs: nowMs })
  return record
}
