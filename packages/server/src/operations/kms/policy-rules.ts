import { parseJson, partitionOf, type ServiceError, serviceError } from '@keyhold/protocol'
import { isDefaultKeyPolicy } from '../../authorization/default-policy.ts'
import type { Services } from '../services.ts'

/** Source: AWS KMS Developer Guide, "Resource quotas": key policy document size. */
const MAX_POLICY_BYTES = 32_768

/** What is wrong with a key policy that somebody wants to set, or `undefined`. Absent means the default policy. */
export function policyFault(
  text: string | undefined,
  { accountId, region }: { accountId: string; region: string },
  keyPolicies: Services['keyPolicies'],
): ServiceError | undefined {
  if (text === undefined) return undefined
  if (Buffer.byteLength(text) > MAX_POLICY_BYTES) {
    return serviceError('LimitExceededException', `Key policies are limited to ${MAX_POLICY_BYTES} bytes.`)
  }
  if (!isJsonObject(text)) return serviceError('MalformedPolicyDocumentException', 'Policy is not a JSON object.')
  return keyPolicies === 'unenforced' || isDefaultKeyPolicy(text, accountId, partitionOf(region))
    ? undefined
    : serviceError(
        'UnsupportedOperationException',
        'This server does not evaluate key policies yet and accepts the default key policy only.',
      )
}

function isJsonObject(text: string): boolean {
  try {
    const value = parseJson(Buffer.from(text))
    return typeof value === 'object' && value !== null && !Array.isArray(value)
  } catch {
    return false
  }
}
