import type { BoundPolicy } from '../../../domain/policy/bound-policy.ts'
import { parsePolicy } from '../../../domain/policy/language/parse.ts'
import { principalsOf } from '../../../domain/policy/language/document.ts'
import { bindKnownPrincipals } from '../../../identity/directory/bind-principals.ts'
import type { Directory } from '../../../identity/directory/directory.ts'
import { policyTable } from '../../../vault/records/policy.ts'
import type { Records } from '../../../vault/records/records.ts'
import { everyRow } from '../../../vault/storage/page.ts'
import { rewritten } from './rewrite-row.ts'

interface Context {
  records: Records
  directory: Directory
}

/**
 * Binds the principals of key policies that the first builds of 0.1 stored only as text. A name that does not exist at
 * that time stays unbound.
 */
export async function bindKeyPolicies({ records, directory }: Context): Promise<void> {
  for await (const { id, value } of everyRow((page) => records.list(policyTable, page))) {
    if (value.bindings === undefined) await rewritten(policyTable, id, (policy) => bound(policy, directory), records)
  }
}

async function bound<T extends BoundPolicy>(policy: T, directory: Directory): Promise<T | undefined> {
  const bindings = policy.bindings === undefined ? await bindingsOf(policy, directory) : undefined
  return bindings && { ...policy, bindings }
}

async function bindingsOf({ text }: BoundPolicy, directory: Directory): Promise<BoundPolicy['bindings']> {
  const { policy } = parsePolicy(text, 'key')
  return policy && bindKnownPrincipals(principalsOf(policy), directory)
}
