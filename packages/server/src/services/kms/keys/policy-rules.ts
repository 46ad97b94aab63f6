import { type OperationName, parseJson, partitionOf, type ServiceError, serviceError } from '@keyhold/protocol'
import { RESOURCE_QUOTAS } from '../../../domain/keys/quotas.ts'
import type { KeyRecord } from '../../../domain/keys/record.ts'
import { principalsOf } from '../../../domain/policy/language/document.ts'
import { overlyPermissiveCondition } from '../../../domain/policy/language/overly-permissive.ts'
import { acceptPolicy } from '../../../domain/policy/language/put/accept.ts'
import { type OwnConditions, saidOr } from '../../../domain/policy/request-facts.ts'
import type { Call } from '../../../execution/define.ts'
import type { Services } from '../../../execution/services.ts'
import type { BoundPolicy } from '../../../domain/policy/bound-policy.ts'
import { bindPrincipals, boundUnread } from '../../../identity/directory/bind-principals.ts'
import type { KeyEntry } from '../../../identity/directory/directory.ts'
import type { KeyPolicyValue } from '../../../identity/directory/key-parts.ts'
import { limitExceeded } from '../quota-rules.ts'

/** The condition key of a request to skip the policy lockout safety check. */
export function bypassCondition(bypass: boolean | undefined): OwnConditions {
  return { 'kms:bypasspolicylockoutsafetycheck': saidOr(bypass, 'false') }
}

type PolicyCall<N extends OperationName> = Pick<Call<N, never>, 'services' | 'authorizer'>

/**
 * Checks a key policy to set, and binds it to the principals that it names. Throws MalformedPolicyDocumentException for
 * an invalid policy, for one with unknown principals, and for one that would prevent the caller from changing it again.
 */
export async function acceptedPolicy<N extends 'CreateKey' | 'PutKeyPolicy' | 'ReplicateKey'>(
  text: string,
  { key, bypass = false }: { key: KeyRecord; bypass: boolean | undefined },
  { services, authorizer }: PolicyCall<N>,
): Promise<BoundPolicy> {
  const most = RESOURCE_QUOTAS.keyPolicyBytes
  if (Buffer.byteLength(text) > most) throw limitExceeded(`Key policies are limited to ${most} bytes.`)
  if (services.enforcement === 'off') return unenforced(text, services)
  const { policy, fault } = acceptPolicy(text, 'key')
  if (fault?.invalidPrincipal !== undefined) throw malformed(INVALID_PRINCIPAL)
  if (fault) throw malformed(`${fault.message} (at ${fault.path})`)
  const permissive = overlyPermissiveCondition(policy)
  if (permissive) throw malformed(permissive.message)
  const { bindings, unknown } = await bindPrincipals(principalsOf(policy), services, partitionOf(key.region))
  if (unknown !== undefined) throw malformed(INVALID_PRINCIPAL)
  const bound = { text, bindings }
  if (!bypass && !(await mayPutAgain(key, bound, { services, authorizer }))) throw malformed(LOCKOUT)
  return bound
}

/** Whether the caller could replace the policy once it is this one: callers must not lock themselves out. */
async function mayPutAgain(
  key: KeyRecord,
  policy: BoundPolicy,
  { services, authorizer }: Pick<Call<'PutKeyPolicy', never>, 'services' | 'authorizer'>,
): Promise<boolean> {
  const action = 'kms:PutKeyPolicy'
  const rules = services.operations.rulesOf(action)
  if (rules === undefined) throw new Error(`no operation asks for ${action}`)
  const { decision } = await authorizer.underPolicy({ action, rules, own: bypassCondition(undefined) }, key, policy)
  return decision.allowed
}

const INVALID_PRINCIPAL = 'Policy contains a statement with one or more invalid principals.'
const LOCKOUT = 'The new key policy will not allow you to update the key policy in the future.'

/**
 * Without enforcement, a policy is stored only to be read again. It is bound too, because users can be renamed
 * meanwhile.
 */
function unenforced(text: string, { directory }: Pick<Services, 'directory'>): Promise<BoundPolicy> {
  if (isJsonObject(text)) return boundUnread(text, directory)
  throw malformed('Policy is not a JSON object.')
}

function isJsonObject(text: string): boolean {
  try {
    const value = parseJson(Buffer.from(text))
    return typeof value === 'object' && value !== null && !Array.isArray(value)
  } catch {
    return false
  }
}

function malformed(message: string): ServiceError {
  return serviceError('MalformedPolicyDocumentException', message)
}

/** A key has one policy, and this is its name. */
export const DEFAULT_POLICY_NAME = 'default'

/** The policy of a key. Every key has one. */
export async function keyPolicy({ value: key }: KeyEntry, { directory }: Services): Promise<KeyPolicyValue> {
  const policy = await directory.keyPolicy(key)
  if (policy === undefined) throw new Error(`key ${key.keyId} has no policy`)
  return policy
}
