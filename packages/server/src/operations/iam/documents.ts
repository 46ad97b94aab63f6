import { queryError } from '@keyhold/protocol'
import { parsePolicy } from '../../authorization/policy/parse.ts'

/** IAM and STS quotas: characters of a managed policy, white space not counted. */
const MOST_MANAGED_CHARACTERS = 6144

/** Throws MalformedPolicyDocument for what is no identity policy. */
export function requireIdentityPolicy(text: string): void {
  const { fault } = parsePolicy(text, 'identity')
  if (fault) throw queryError('MalformedPolicyDocument', `${fault.message} (at ${fault.path})`)
}

/** Throws what {@link requireIdentityPolicy} throws, and LimitExceeded for what is too long for a managed policy. */
export function requireManagedPolicy(text: string): void {
  requireIdentityPolicy(text)
  if (policySize(text) > MOST_MANAGED_CHARACTERS) {
    throw queryError('LimitExceeded', `Cannot exceed quota for PolicySize: ${MOST_MANAGED_CHARACTERS}`)
  }
}

/** IAM and STS quotas: "IAM doesn't count white space when calculating the size of a policy". */
export function policySize(text: string): number {
  return text.replaceAll(/\s+/g, '').length
}

/**
 * A document as IAM returns it: "URL-encoded compliant with RFC 3986" (GetUserPolicy). encodeURIComponent leaves five
 * characters as they are that the RFC reserves (section 2.2).
 */
export function encodedDocument(text: string): string {
  return encodeURIComponent(text).replaceAll(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)
}
