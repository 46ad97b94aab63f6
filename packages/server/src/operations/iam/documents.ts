import { queryError } from '@keyhold/protocol'
import { parsePolicy } from '../../authorization/policy/parse.ts'
import { requireWithin } from './quotas.ts'

/** Throws MalformedPolicyDocument for what is no identity policy. */
export function requireIdentityPolicy(text: string): void {
  const { fault } = parsePolicy(text, 'identity')
  if (fault) throw queryError('MalformedPolicyDocument', `${fault.message} (at ${fault.path})`)
}

/** Throws what {@link requireIdentityPolicy} throws, and LimitExceeded for what is too long for a managed policy. */
export function requireManagedPolicy(text: string): void {
  requireIdentityPolicy(text)
  requireWithin('PolicySize', policySize(text))
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
