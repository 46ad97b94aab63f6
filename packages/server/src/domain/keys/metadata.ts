import type { CustomerMasterKeySpec, KeyUsageType, Output } from '@keyhold/protocol'
import { keyArn } from './arns.ts'
import type { KeyRecord, MultiRegion } from './record.ts'
import { algorithmNames } from './spec-algorithms.ts'
import { keySpec } from './specs.ts'

type KeyMetadata = NonNullable<Output<'DescribeKey'>['KeyMetadata']>

/** The member that lists a key's algorithms. Only the one of the key's usage is present. */
const ALGORITHMS_MEMBER: Readonly<Record<KeyUsageType, keyof KeyMetadata>> = {
  ENCRYPT_DECRYPT: 'EncryptionAlgorithms',
  SIGN_VERIFY: 'SigningAlgorithms',
  GENERATE_VERIFY_MAC: 'MacAlgorithms',
  KEY_AGREEMENT: 'KeyAgreementAlgorithms',
  ENCAPSULATE_DECAPSULATE: 'EncapsulationAlgorithms',
}

/** Returns the list of a key's algorithms, under the member name of its usage. */
export function algorithmLists({ spec, usage }: KeyRecord): Partial<KeyMetadata> {
  return { [ALGORITHMS_MEMBER[usage]]: algorithmNames(keySpec(spec), usage) }
}

/** Returns how long imported material is valid. For a key with several materials, until the first of them expires. */
export function expiration({ validToMs }: { validToMs?: number }): Pick<KeyMetadata, 'ExpirationModel' | 'ValidTo'> {
  return validToMs === undefined
    ? { ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE' }
    : { ExpirationModel: 'KEY_MATERIAL_EXPIRES', ValidTo: new Date(validToMs) }
}

/** A key as CreateKey and DescribeKey return it. Source: AWS KMS API Reference, KeyMetadata. */
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
    ...(record.imported && expiration(record.imported)),
    KeyManager: record.manager,
    // Deprecated, but AWS still repeats the spec here, also newer specs that the member's type does not include.
    CustomerMasterKeySpec: record.spec as CustomerMasterKeySpec,
    KeySpec: record.spec,
    ...algorithmLists(record),
    MultiRegion: record.multiRegion !== undefined,
    MultiRegionConfiguration: record.multiRegion && multiRegionConfiguration(record, record.multiRegion),
    PendingDeletionWindowInDays: record.pendingWindowDays,
    CurrentKeyMaterialId: namesMaterial(record) ? record.currentMaterialId : undefined,
  }
}

/** A replica has no material while AWS is creating it, as in a recorded response of ReplicateKey. */
function namesMaterial({ spec, state }: KeyRecord): boolean {
  return spec === 'SYMMETRIC_DEFAULT' && state !== 'Creating'
}

function multiRegionConfiguration(
  record: KeyRecord,
  { type, primaryRegion, replicaRegions }: MultiRegion,
): KeyMetadata['MultiRegionConfiguration'] {
  const inRegion = (region: string): { Arn: string; Region: string } => ({
    Arn: keyArn({ ...record, region }),
    Region: region,
  })
  return {
    MultiRegionKeyType: type,
    PrimaryKey: inRegion(primaryRegion),
    ReplicaKeys: replicaRegions.map(inRegion),
  }
}
