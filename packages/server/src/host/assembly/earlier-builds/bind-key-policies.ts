import { parsePolicy } from '../../../domain/policy/language/parse.ts'
import { principalsOf } from '../../../domain/policy/language/document.ts'
import { bindKnownPrincipals } from '../../../identity/directory/bind-principals.ts'
import type { Directory } from '../../../identity/directory/directory.ts'
import { storedKeyPolicy, writeKeyPolicy } from '../../../identity/directory/key-policy.ts'
import type { Hierarchy } from '../../../vault/hierarchy/hierarchy.ts'
import type { BoundPolicy } from '../../../identity/accounts/records.ts'
import type { Random } from '../../../platform/random.ts'
import { everyRow } from '../../../vault/storage/every-row.ts'
import type { Row, Store } from '../../../vault/storage/store.ts'
import { rewriteRow } from './rewrite-row.ts'

interface Context {
  store: Store
  hierarchy: Hierarchy
  directory: Directory
  random: Random
}

/**
 * Binds the principals of key policies that the first builds of 0.1 stored only as text. A name that does not exist at
 * that time stays unbound.
 */
export async function bindKeyPolicies(context: Context): Promise<void> {
  for await (const { id, body } of everyRow((page) => context.store.list('policy', page))) {
    if (storedKeyPolicy(body).bindings !== undefined) continue
    await rewriteRow({ table: 'policy', id }, (row) => withBindings(row, context), context)
  }
}

async function withBindings(row: Row, context: Context): Promise<Row | undefined> {
  const stored = storedKeyPolicy(row.body)
  const bindings = stored.bindings === undefined ? await bindingsOf(stored, context) : undefined
  if (bindings === undefined) return undefined
  const { mac: _, generation, ...unsealed } = row
  const body = writeKeyPolicy({ text: stored.text, bindings })
  return context.hierarchy.authenticate({ ...unsealed, version: row.version + 1, body }, generation)
}

async function bindingsOf({ text }: BoundPolicy, { directory }: Context): Promise<BoundPolicy['bindings']> {
  const { policy } = parsePolicy(text, 'key')
  return policy && bindKnownPrincipals(principalsOf(policy), directory)
}
