import { Secret } from '@keyhold/protocol'
import type { Random } from '../../platform/random.ts'
import type { Sealing } from '../../vault/hierarchy/sealing.ts'
import { type AccessKeyRecord, accessKeyTable, sealAccessKey } from '../../vault/records/access-key.ts'
import type { Changeset } from '../../vault/records/changeset.ts'
import { identifier } from './identifiers.ts'

/**
 * A new access key, as its owner gets it. The secret is text, as clients expect it. The code that outputs it wipes it.
 */
export interface IssuedAccessKey {
  record: AccessKeyRecord
  secretAccessKey: Secret
}

interface WantedAccessKey {
  principalId: string
  accountId: string
  nowMs: number
  /** Instead of a random id and secret: for development only. */
  chosen?: { accessKeyId: string; secretAccessKey: Secret } | undefined
}

/** Adds a new access key of a principal to `changes`. Only the sealed secret is stored. */
export async function issueAccessKey(
  { principalId, accountId, nowMs, chosen }: WantedAccessKey,
  { hierarchy, random }: { hierarchy: Sealing; random: Random },
  changes: Changeset,
): Promise<IssuedAccessKey> {
  const { accessKeyId, secretAccessKey } = chosen ?? {
    accessKeyId: identifier('AKIA', random),
    secretAccessKey: secretText(random),
  }
  const record: AccessKeyRecord = { accessKeyId, principalId, accountId, active: true, createdMs: nowMs }
  const sealed = await sealAccessKey(accessKeyId, secretAccessKey, hierarchy)
  changes.insert(accessKeyTable, record, { sealed })
  return { record, secretAccessKey }
}

/** 40 characters of base64, like AWS's: 240 random bits. */
export function secretText(random: Random): Secret {
  using bits = random.secret(30)
  return Secret.of(new TextEncoder().encode(Buffer.from(bits.reveal()).toString('base64')))
}
