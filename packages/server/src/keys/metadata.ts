import type { Output } from '@keyhold/protocol'
import { keyArn } from './arns.ts'
import type { KeyRecord } from './record.ts'
import { keySpec } from './specs.ts'

type KeyMetadata = NonNullable<Output<'DescribeKey'>['KeyMetadata']>

/** A key as CreateKey and DescribeKey show it. Source: AWS KMS API Reference, KeyMetadata. */
export function keyMetadata(record: KeyRecord): KeyMetadata {
  return {
    AWSAccountId: record.accountId,
    KeyId: record.keyId,
    Arn: keyArn(record),
    CreationDate: new Date(record.createdMs),
    Enabled: record.state === 'Enabled',
    Description: record.description,
    KeyUsage: record.usage,
    KeyState: record.state,
    DeletionDate: record.deletionMs === undefined ? undefined : new Date(record.deletionMs),
    Origin: record.origin,
    KeyManager: record.manager,
    CustomerMasterKeySpec: record.spec,
    KeySpec: record.spec,
    EncryptionAlgorithms: [...(keySpec(record.spec)?.encryptionAlgorithms ?? [])],
    MultiRegion: false,
    CurrentKeyMaterialId: record.currentMaterialId,
  }
}
