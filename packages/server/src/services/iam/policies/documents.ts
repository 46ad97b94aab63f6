import { queryError } from '@keyhold/protocol'
import type { PolicyDocument } from '../../../domain/policy/language/document.ts'
import { acceptPolicy } from '../../../domain/policy/language/put/accept.ts'
import { requireWithin } from '../account/quotas.ts'

/** Throws MalformedPolicyDocument for what is no identity policy. */
export function requireIdentityPolicy(text: string): PolicyDocument {
  const { policy, fault } = acceptPolicy(text, 'identity')
  if (fault) throw queryError('MalformedPolicyDocument', `${fault.message} (at ${fault.path})`)
  return policy
}

/**
 * Throws what {@link requireIdentityPolicy} throws, also for the version of 2008, which inline policies alone may have, and
 * LimitExceeded for what is too long for a managed policy. AWS's words.
 */
export function requireManagedPolicy(text: string): void {
  if (requireIdentityPolicy(text).version === '2008-10-17') {
    throw queryError('MalformedPolicyDocument', 'Policy document must be version 2012-10-17 or greater.')
  }
  requireWithin('PolicySize', policySize(text))
}

/** IAM and STS quotas: "IAM doesn't count white space when calculating the size of a policy". White space as JSON has it. */
export function policySize(text: string): number {
  return text.replaceAll(/[ \t\n\r]+/g, '').length
}

/**
 * A document as IAM returns it: "URL-encoded compliant with RFC 3986" (GetUserPolicy). encodeURIComponent leaves five
 * characters as they are that the RFC reserves (section 2.2).
 */
export function encodedDocument(text: string): string {
  return encodeURIComponent(text).replaceAll(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)
}
