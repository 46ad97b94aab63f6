import { queryError } from '@keyhold/protocol'
import type { PolicyDocument } from '../../../domain/policy/language/document.ts'
import { acceptPolicy } from '../../../domain/policy/language/put/accept.ts'
import { requireWithin } from '../account/quotas.ts'

/** Parses an identity policy. Throws MalformedPolicyDocument. */
export function requireIdentityPolicy(text: string): PolicyDocument {
  const { policy, fault } = acceptPolicy(text, 'identity')
  if (fault) throw queryError('MalformedPolicyDocument', `${fault.message} (at ${fault.path})`)
  return policy
}

/**
 * Throws as {@link requireIdentityPolicy}, also for version 2008-10-17, which only inline policies can have, and
 * LimitExceeded for a text that is too long for a managed policy. AWS's messages.
 */
export function requireManagedPolicy(text: string): void {
  if (requireIdentityPolicy(text).version === '2008-10-17') {
    throw queryError('MalformedPolicyDocument', 'Policy document must be version 2012-10-17 or greater.')
  }
  requireWithin('PolicySize', policySize(text))
}

/**
 * IAM and STS quotas: "IAM doesn't count white space when calculating the size of a policy". Whitespace is that of
 * JSON.
 */
export function policySize(text: string): number {
  return text.replaceAll(/[ \t\n\r]+/g, '').length
}

/**
 * Encodes a policy document as IAM returns it: "URL-encoded compliant with RFC 3986" (GetUserPolicy).
 * encodeURIComponent does not encode five characters that the RFC reserves (section 2.2).
 */
export function encodedDocument(text: string): string {
  return encodeURIComponent(text).replaceAll(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)
}
