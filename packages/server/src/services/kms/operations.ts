import type { AnyOperation } from '../../execution/define.ts'
import { cancelKeyDeletion } from './keys/cancel-key-deletion.ts'
import { createAlias } from './aliases/create-alias.ts'
import { createGrant } from './grants/create-grant.ts'
import { createKey } from './keys/create-key.ts'
import { decapsulate } from './cryptography/decapsulate.ts'
import { decrypt } from './cryptography/decrypt.ts'
import { deleteAlias } from './aliases/delete-alias.ts'
import { deleteImportedKeyMaterial } from './import/delete-imported-key-material.ts'
import { deriveSharedSecret } from './cryptography/derive-shared-secret.ts'
import { describeKey } from './keys/describe-key.ts'
import { disableKeyRotation } from './rotation/disable-key-rotation.ts'
import { disableKey } from './keys/disable-key.ts'
import { enableKeyRotation } from './rotation/enable-key-rotation.ts'
import { enableKey } from './keys/enable-key.ts'
import { encapsulate } from './cryptography/encapsulate.ts'
import { encrypt } from './cryptography/encrypt.ts'
import { generateDataKeyPairWithoutPlaintext } from './cryptography/generate-data-key-pair-without-plaintext.ts'
import { generateDataKeyPair } from './cryptography/generate-data-key-pair.ts'
import { generateDataKeyWithoutPlaintext } from './cryptography/generate-data-key-without-plaintext.ts'
import { generateDataKey } from './cryptography/generate-data-key.ts'
import { generateMac } from './cryptography/generate-mac.ts'
import { generateRandom } from './cryptography/generate-random.ts'
import { getKeyLastUsage } from './keys/get-key-last-usage.ts'
import { getKeyPolicy } from './keys/get-key-policy.ts'
import { getKeyRotationStatus } from './rotation/get-key-rotation-status.ts'
import { getParametersForImport } from './import/get-parameters-for-import.ts'
import { getPublicKey } from './cryptography/get-public-key.ts'
import { importKeyMaterial } from './import/import-key-material.ts'
import { listAliases } from './aliases/list-aliases.ts'
import { listGrants } from './grants/list-grants.ts'
import { listKeyPolicies } from './keys/list-key-policies.ts'
import { listKeyRotations } from './rotation/list-key-rotations.ts'
import { listKeys } from './keys/list-keys.ts'
import { listResourceTags } from './keys/list-resource-tags.ts'
import { listRetirableGrants } from './grants/list-retirable-grants.ts'
import { putKeyPolicy } from './keys/put-key-policy.ts'
import { reEncrypt } from './cryptography/re-encrypt.ts'
import { replicateKey } from './multi-region/replicate-key.ts'
import { retireGrant } from './grants/retire-grant.ts'
import { revokeGrant } from './grants/revoke-grant.ts'
import { rotateKeyOnDemand } from './rotation/rotate-key-on-demand.ts'
import { scheduleKeyDeletion } from './keys/schedule-key-deletion.ts'
import { sign } from './cryptography/sign.ts'
import { tagResource } from './keys/tag-resource.ts'
import { untagResource } from './keys/untag-resource.ts'
import { updateAlias } from './aliases/update-alias.ts'
import { updateKeyDescription } from './keys/update-key-description.ts'
import { updatePrimaryRegion } from './multi-region/update-primary-region.ts'
import { verifyMac } from './cryptography/verify-mac.ts'
import { verify } from './cryptography/verify.ts'

/** All KMS operations of this server. */
export const KMS_OPERATIONS: readonly AnyOperation[] = [
  cancelKeyDeletion,
  createAlias,
  createGrant,
  createKey,
  decapsulate,
  decrypt,
  deleteAlias,
  deleteImportedKeyMaterial,
  deriveSharedSecret,
  describeKey,
  disableKey,
  disableKeyRotation,
  enableKey,
  enableKeyRotation,
  encapsulate,
  encrypt,
  generateDataKey,
  generateDataKeyPair,
  generateDataKeyPairWithoutPlaintext,
  generateDataKeyWithoutPlaintext,
  generateMac,
  generateRandom,
  getKeyLastUsage,
  getKeyPolicy,
  getKeyRotationStatus,
  getParametersForImport,
  getPublicKey,
  importKeyMaterial,
  listAliases,
  listGrants,
  listKeyPolicies,
  listKeyRotations,
  listKeys,
  listResourceTags,
  listRetirableGrants,
  putKeyPolicy,
  reEncrypt,
  replicateKey,
  retireGrant,
  revokeGrant,
  rotateKeyOnDemand,
  scheduleKeyDeletion,
  sign,
  tagResource,
  untagResource,
  updateAlias,
  updateKeyDescription,
  updatePrimaryRegion,
  verify,
  verifyMac,
]
