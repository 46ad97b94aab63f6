import type { ServiceName } from '@keyhold/protocol'
import type { AnyOperation } from './define.ts'
import { cancelKeyDeletion } from './kms/cancel-key-deletion.ts'
import { createAlias } from './kms/create-alias.ts'
import { createKey } from './kms/create-key.ts'
import { decapsulate } from './kms/decapsulate.ts'
import { decrypt } from './kms/decrypt.ts'
import { deleteAlias } from './kms/delete-alias.ts'
import { deriveSharedSecret } from './kms/derive-shared-secret.ts'
import { deleteImportedKeyMaterial } from './kms/delete-imported-key-material.ts'
import { describeKey } from './kms/describe-key.ts'
import { disableKey } from './kms/disable-key.ts'
import { disableKeyRotation } from './kms/disable-key-rotation.ts'
import { enableKey } from './kms/enable-key.ts'
import { encapsulate } from './kms/encapsulate.ts'
import { enableKeyRotation } from './kms/enable-key-rotation.ts'
import { encrypt } from './kms/encrypt.ts'
import { generateDataKey } from './kms/generate-data-key.ts'
import { generateDataKeyPair } from './kms/generate-data-key-pair.ts'
import { generateDataKeyPairWithoutPlaintext } from './kms/generate-data-key-pair-without-plaintext.ts'
import { generateDataKeyWithoutPlaintext } from './kms/generate-data-key-without-plaintext.ts'
import { generateMac } from './kms/generate-mac.ts'
import { generateRandom } from './kms/generate-random.ts'
import { getKeyLastUsage } from './kms/get-key-last-usage.ts'
import { getKeyPolicy } from './kms/get-key-policy.ts'
import { getPublicKey } from './kms/get-public-key.ts'
import { getKeyRotationStatus } from './kms/get-key-rotation-status.ts'
import { getParametersForImport } from './kms/get-parameters-for-import.ts'
import { importKeyMaterial } from './kms/import-key-material.ts'
import { listAliases } from './kms/list-aliases.ts'
import { listKeyPolicies } from './kms/list-key-policies.ts'
import { listKeyRotations } from './kms/list-key-rotations.ts'
import { listKeys } from './kms/list-keys.ts'
import { listResourceTags } from './kms/list-resource-tags.ts'
import { putKeyPolicy } from './kms/put-key-policy.ts'
import { reEncrypt } from './kms/re-encrypt.ts'
import { rotateKeyOnDemand } from './kms/rotate-key-on-demand.ts'
import { replicateKey } from './kms/replicate-key.ts'
import { scheduleKeyDeletion } from './kms/schedule-key-deletion.ts'
import { sign } from './kms/sign.ts'
import { tagResource } from './kms/tag-resource.ts'
import { untagResource } from './kms/untag-resource.ts'
import { updateAlias } from './kms/update-alias.ts'
import { updateKeyDescription } from './kms/update-key-description.ts'
import { verify } from './kms/verify.ts'
import { verifyMac } from './kms/verify-mac.ts'
import { updatePrimaryRegion } from './kms/update-primary-region.ts'
import { createGrant } from './kms/create-grant.ts'
import { listGrants } from './kms/list-grants.ts'
import { listRetirableGrants } from './kms/list-retirable-grants.ts'
import { retireGrant } from './kms/retire-grant.ts'
import { revokeGrant } from './kms/revoke-grant.ts'
import { notYet } from './not-yet.ts'
import { IAM_OPERATIONS } from './iam/operations.ts'
import { KEYHOLD_OPERATIONS } from './keyhold/operations.ts'
import { STS_OPERATIONS } from './sts/operations.ts'

const KMS_OPERATIONS: readonly AnyOperation[] = [
  revokeGrant,
  retireGrant,
  listRetirableGrants,
  listGrants,
  createGrant,
  cancelKeyDeletion,
  createAlias,
  createKey,
  decapsulate,
  decrypt,
  deleteAlias,
  deriveSharedSecret,
  deleteImportedKeyMaterial,
  describeKey,
  disableKey,
  disableKeyRotation,
  enableKey,
  encapsulate,
  enableKeyRotation,
  encrypt,
  generateDataKey,
  generateDataKeyPair,
  generateDataKeyPairWithoutPlaintext,
  generateDataKeyWithoutPlaintext,
  generateMac,
  generateRandom,
  getKeyLastUsage,
  getKeyPolicy,
  getPublicKey,
  getKeyRotationStatus,
  getParametersForImport,
  importKeyMaterial,
  listAliases,
  listKeyPolicies,
  listKeyRotations,
  listKeys,
  listResourceTags,
  putKeyPolicy,
  reEncrypt,
  rotateKeyOnDemand,
  replicateKey,
  scheduleKeyDeletion,
  sign,
  tagResource,
  untagResource,
  updateAlias,
  updateKeyDescription,
  verify,
  verifyMac,
  updatePrimaryRegion,
]

const OPERATIONS_OF: Readonly<Record<ServiceName, ReadonlyMap<string, AnyOperation>>> = {
  kms: byName([...KMS_OPERATIONS, ...notYet]),
  iam: byName(IAM_OPERATIONS),
  sts: byName(STS_OPERATIONS),
  keyhold: byName(KEYHOLD_OPERATIONS),
}

/** Every operation of a service, those that are refused included. */
export function operationsOf(service: ServiceName): ReadonlyMap<string, AnyOperation> {
  return OPERATIONS_OF[service]
}

/** One of the operations that the model has; a test holds that there is one for each. */
export function findOperation(service: ServiceName, name: string): AnyOperation {
  const operation = OPERATIONS_OF[service].get(name)
  if (operation === undefined) throw new Error(`the operation ${service}:${name} is in the model but not declared`)
  return operation
}

function byName(operations: readonly AnyOperation[]): ReadonlyMap<string, AnyOperation> {
  return new Map(operations.map((operation) => [operation.name, operation]))
}
