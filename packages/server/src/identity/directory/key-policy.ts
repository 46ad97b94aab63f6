import type { NamedPolicy } from '../../domain/policy/access.ts'
import type { BoundPolicy } from '../accounts/records.ts'
import type { Row } from '../../vault/storage/store.ts'
import type { CompiledPolicies } from './compiled-policies.ts'
import { asksForAliases } from './compiled-policies.ts'

/** A key's policy: as it was put, and ready to be asked. */
export interface KeyPolicyValue extends BoundPolicy {
  named: NamedPolicy
  /** As of policies of identities: whether one condition key has a value must not be the caller's own policies' to say. */
  asksForAliases: boolean
}

/** Rows of this form have the text and its bindings; in rows of version 0.1 the body is the text itself. */
interface StoredKeyPolicy extends BoundPolicy {
  form: 2
}

/** A key policy as the body of its row. */
export function writeKeyPolicy({ text, bindings }: BoundPolicy): string {
  const stored: StoredKeyPolicy = { form: 2, text, ...(bindings && { bindings }) }
  return JSON.stringify(stored)
}

/** Reads what {@link writeKeyPolicy} wrote. A policy document has no member `form`, so the two forms cannot be confused. */
export function storedKeyPolicy(body: string): BoundPolicy {
  const stored = JSON.parse(body) as Partial<StoredKeyPolicy>
  if (stored.form !== 2) return { text: body }
  return { text: stored.text ?? '', ...(stored.bindings && { bindings: stored.bindings }) }
}

/** The policy of a row that was verified. */
export function readKeyPolicy(row: Row, compiled: CompiledPolicies): KeyPolicyValue {
  const policy = storedKeyPolicy(row.body)
  const named = compiled.named(`key policy of ${row.id}`, 'key', policy)
  return { ...policy, named, asksForAliases: asksForAliases(policy.text) }
}
