import { Secret } from '@keyhold/protocol'
import type { Hierarchy } from '../../vault/hierarchy/hierarchy.ts'
import type { Random } from '../../platform/random.ts'
import type { Row } from '../../vault/storage/store.ts'
import { identifier } from './identifiers.ts'
import { identityRow } from './identity-row.ts'
import type { AccessKeyRecord } from '../../vault/records/access-key.ts'

/** An access key as its owner gets it, once. The secret is text, as every client takes it; whoever shows it wipes it. */
export interface IssuedAccessKey {
  record: AccessKeyRecord
  secretAccessKey: Secret
  /** To insert. Holds the secret sealed only. */
  row: Row
}

/** Makes an access key for a principal. */
export async function issueAccessKey(
  { principalId, accountId }: { principalId: string; accountId: string },
  nowMs: number,
  { hierarchy, random }: { hierarchy: Hierarchy; random: Random },
): Promise<IssuedAccessKey> {
  const accessKeyId = identifier('AKIA', random)
  const secretAccessKey = secretText(random)
  const record: AccessKeyRecord = { accessKeyId, principalId, accountId, active: true, createdMs: nowMs }
  const { generation, bytes } = await hierarchy.seal('global', 'access-key', [accessKeyId], secretAccessKey)
  const unsealed = identityRow('access_key', accessKeyId, principalId, record)
  return { record, secretAccessKey, row: await hierarchy.authenticate({ ...unsealed, sealed: bytes }, generation) }
}

/** 40 characters of base64, as AWS's: 240 random bits. */
export function secretText(random: Random): Secret {
  using bits = random.secret(30)
  return Secret.of(new TextEncoder().encode(Buffer.from(bits.reveal()).toString('base64')))
}
