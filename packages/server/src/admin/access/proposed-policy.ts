import { overlyPermissiveCondition } from '../../domain/policy/language/overly-permissive.ts'
import { principalsOf } from '../../domain/policy/language/document.ts'
import { acceptPolicy } from '../../domain/policy/language/put/accept.ts'
import { bindPrincipals } from '../../identity/directory/bind-principals.ts'
import type { BoundPolicy } from '../../domain/policy/bound-policy.ts'
import { RESOURCE_QUOTAS } from '../../domain/keys/quotas.ts'
import type { Serving } from '../../execution/operations.ts'
import { AccessError } from './access-error.ts'

/**
 * Parses a key policy as PutKeyPolicy would for a key of this partition, and binds it to the principals that it names.
 * Throws {@link AccessError} with more detail about the fault than the service returns.
 */
export async function readProposedPolicy(text: string, partition: string, services: Serving): Promise<BoundPolicy> {
  const most = RESOURCE_QUOTAS.keyPolicyBytes
  if (Buffer.byteLength(text) > most) throw refused(`it is larger than ${most} bytes`)
  const { policy, fault } = acceptPolicy(text, 'key')
  if (fault) throw refused(`${fault.message} (at ${fault.path})`)
  const permissive = overlyPermissiveCondition(policy)
  if (permissive) throw refused(`${permissive.message} (at ${permissive.path})`)
  const { bindings, unknown } = await bindPrincipals(principalsOf(policy), services, partition)
  if (unknown !== undefined) throw refused(`it names ${unknown.text}, which does not exist`)
  return { text, bindings }
}

function refused(why: string): AccessError {
  return new AccessError('question', `The proposed key policy would be refused: ${why}.`)
}
