import { parseJson, queryError, type ServiceError } from '@keyhold/protocol'
import type { PolicyFault } from '../../authorization/policy/contract.ts'
import type { PrincipalName } from '../../authorization/policy/document.ts'
import { principalsOf } from '../../authorization/policy/principals-of.ts'
import { acceptPolicy } from '../../authorization/policy/put/accept.ts'
import { webIdentityTrustFault } from '../../authorization/web-identity-trust.ts'
import { bindPrincipals, boundUnread } from '../../directory/bind-principals.ts'
import type { BoundPolicy } from '../../identity/records.ts'
import type { Services } from '../services.ts'
import { policySize } from './documents.ts'
import { requireWithin } from './quotas.ts'

/**
 * A trust policy that somebody gives a role, bound to the principals that it names. Throws MalformedPolicyDocument or
 * LimitExceeded. A server that enforces nothing accepts names that nobody has.
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

/** In AWS's words, with the kind of principal as IAM spells it. */
function invalidPrincipal({ text, path }: Pick<PrincipalName, 'text' | 'path'>): ServiceError {
  const kind = text === '*' ? 'STAR' : /Principal\.(\w+)/.exec(path)?.[1]?.toUpperCase()
  const named = kind === undefined ? JSON.stringify(text) : `"${kind}":${JSON.stringify(text)}`
  return queryError('MalformedPolicyDocument', `Invalid principal in policy: ${named}`)
}
