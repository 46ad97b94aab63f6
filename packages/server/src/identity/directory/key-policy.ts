import type { NamedPolicy } from '../../domain/policy/access.ts'
import type { Authentic } from '../../vault/records/authentic.ts'
import type { KeyPolicyRecord } from '../../vault/records/policy.ts'
import { asksForAliases, type CompiledPolicies } from './compiled-policies.ts'

/** A key's policy: as it was put, and ready to be asked. */
export interface KeyPolicyValue {
  stored: Authentic<KeyPolicyRecord>
  named: NamedPolicy
  /** As of policies of identities: whether one condition key has a value must not be the caller's own policies' to say. */
  asksForAliases: boolean
}

export function keyPolicyValue(stored: Authentic<KeyPolicyRecord>, compiled: CompiledPolicies): KeyPolicyValue {
  const { text, bindings } = stored.value
  const named = compiled.named(`key policy of ${stored.id}`, 'key', { text, ...(bindings && { bindings }) })
  return { stored, named, asksForAliases: asksForAliases(text) }
}
