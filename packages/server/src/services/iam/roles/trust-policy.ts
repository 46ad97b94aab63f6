import { parseJson, queryError, type ServiceError } from '@keyhold/protocol'
import type { PolicyFault } from '../../../domain/policy/language/contract.ts'
import { type PrincipalName, principalsOf } from '../../../domain/policy/language/document.ts'
import { acceptPolicy } from '../../../domain/policy/language/put/accept.ts'
import { webIdentityTrustFault } from '../../../domain/policy/web-identity-trust.ts'
import { bindPrincipals, boundUnread } from '../../../identity/directory/bind-principals.ts'
import type { BoundPolicy } from '../../../domain/policy/bound-policy.ts'
import type { Services } from '../../../execution/services.ts'
import { policySize } from '../policies/documents.ts'
import { requireWithin } from '../account/quotas.ts'

/**
 * Checks a trust policy for a role, and binds it to the principals that it names. Throws MalformedPolicyDocument or
 * LimitExceeded. A server that does not enforce policies accepts unknown names.
 */
export async function acceptedTrust(text: string, services: Services): Promise<BoundPolicy> {
  requireWithin('ACLSizePerRole', policySize(text))
  const { policy, fault } = acceptPolicy(text, 'trust')
  if (fault) throw malformed(fault)
  const webIdentityFault = webIdentityTrustFault(parseJson(Buffer.from(text)))
  if (webIdentityFault) throw malformed(webIdentityFault)
  if (services.enforcement === 'off') return boundUnread(text, services.directory)
  const { bindings, unknown } = await bindPrincipals(principalsOf(policy), services)
  if (unknown !== undefined) throw invalidPrincipal(unknown)
  return { text, bindings }
}

function malformed({ path, message, invalidPrincipal: text }: PolicyFault): ServiceError {
  if (text !== undefined) return invalidPrincipal({ text, path })
  return queryError('MalformedPolicyDocument', `${message} (at ${path})`)
}

/** AWS's message, with the type of the principal in IAM's spelling. */
function invalidPrincipal({ text, path }: Pick<PrincipalName, 'text' | 'path'>): ServiceError {
  const kind = text === '*' ? 'STAR' : /Principal\.(\w+)/.exec(path)?.[1]?.toUpperCase()
  const named = kind === undefined ? JSON.stringify(text) : `"${kind}":${JSON.stringify(text)}`
  return queryError('MalformedPolicyDocument', `Invalid principal in policy: ${named}`)
}
