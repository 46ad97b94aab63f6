import { KMS, type OperationName, serviceError } from '@keyhold/protocol'
import type { AnyOperation } from './define.ts'
import { cancelKeyDeletion } from './kms/cancel-key-deletion.ts'
import { createAlias } from './kms/create-alias.ts'
import { createKey } from './kms/create-key.ts'
import { decrypt } from './kms/decrypt.ts'
import { deleteAlias } from './kms/delete-alias.ts'
import { describeKey } from './kms/describe-key.ts'
import { disableKey } from './kms/disable-key.ts'
import { enableKey } from './kms/enable-key.ts'
import { encrypt } from './kms/encrypt.ts'
import { generateDataKey } from './kms/generate-data-key.ts'
import { generateDataKeyWithoutPlaintext } from './kms/generate-data-key-without-plaintext.ts'
import { generateRandom } from './kms/generate-random.ts'
import { getKeyPolicy } from './kms/get-key-policy.ts'
import { listAliases } from './kms/list-aliases.ts'
import { listKeyPolicies } from './kms/list-key-policies.ts'
import { listKeys } from './kms/list-keys.ts'
import { listResourceTags } from './kms/list-resource-tags.ts'
import { putKeyPolicy } from './kms/put-key-policy.ts'
import { reEncrypt } from './kms/re-encrypt.ts'
import { scheduleKeyDeletion } from './kms/schedule-key-deletion.ts'
import { tagResource } from './kms/tag-resource.ts'
import { untagResource } from './kms/untag-resource.ts'
import { updateAlias } from './kms/update-alias.ts'
import { updateKeyDescription } from './kms/update-key-description.ts'
import { notYet } from './not-yet.ts'

const SUPPORTED: readonly AnyOperation[] = [
  cancelKeyDeletion,
  createAlias,
  createKey,
  decrypt,
  deleteAlias,
  describeKey,
  disableKey,
  enableKey,
  encrypt,
  generateDataKey,
  generateDataKeyWithoutPlaintext,
  generateRandom,
  getKeyPolicy,
  listAliases,
  listKeyPolicies,
  listKeys,
  listResourceTags,
  putKeyPolicy,
  reEncrypt,
  scheduleKeyDeletion,
  tagResource,
  untagResource,
  updateAlias,
  updateKeyDescription,
]

/** Every operation of the API by name, those that are refused included. */
export const OPERATIONS: ReadonlyMap<OperationName, AnyOperation> = new Map(
  [...SUPPORTED, ...notYet].map((operation) => [operation.name, operation]),
)

const BY_TARGET = new Map([...OPERATIONS].map(([name, operation]) => [`${KMS.targetPrefix}.${name}`, operation]))

/** The operation that `X-Amz-Target` names. Throws UnknownOperationException. */
export function findOperation(target: string | undefined): AnyOperation {
  const operation = target === undefined ? undefined : BY_TARGET.get(target)
  if (operation === undefined) throw serviceError('UnknownOperationException')
  return operation
}

/** What the audit log calls the request: never text that a stranger chose. */
export function operationLabel(target: string | undefined): string {
  return (target === undefined ? undefined : BY_TARGET.get(target)?.name) ?? 'Unknown'
}
