import { parsePolicy } from '../authorization/policy/parse.ts'
import { principalsOf } from '../authorization/policy/principals-of.ts'
import { bindKnownPrincipals } from '../directory/bind-principals.ts'
import type { Directory } from '../directory/directory.ts'
import { storedKeyPolicy, writeKeyPolicy } from '../directory/key-policy.ts'
import type { Hierarchy } from '../hierarchy/hierarchy.ts'
import type { BoundPolicy } from '../identity/records.ts'
import type { Random } from '../platform/random.ts'
import { Changeset } from '../storage/changeset.ts'
import { everyRow } from '../storage/every-row.ts'
import type { Store } from '../storage/store.ts'

interface Context {
  store: Store
  hierarchy: Hierarchy
  directory: Directory
  random: Random
}

/**
 * Binds the principals of key policies that the first builds of 0.1 wrote as text alone. A name that nobody has then is
 * nobody's for good.
 */
export async function bindKeyPolicies(context: Context): Promise<void> {
  for await (const { id, body } of everyRow((page) => context.store.list('policy', page))) {
    if (storedKeyPolicy(body).bindings === undefined) await bindRow(id, context)
  }
}

async function bindRow(id: string, context: Context): Promise<void> {
  const { store, hierarchy, random } = context
  const row = await store.get('policy', id)
  if (row === undefined) return
  const stored = storedKeyPolicy((await hierarchy.verify(row)).body)
  const bindings = stored.bindings === undefined ? await bindingsOf(stored, context) : undefined
  if (bindings === undefined) return
  const { mac: _, generation, ...unsealed } = row
  const body = writeKeyPolicy({ text: stored.text, bindings })
  const changes = new Changeset()
  changes.update(await hierarchy.authenticate({ ...unsealed, version: row.version + 1, body }, generation))
  const { committed } = await store.commit(changes.commit(random.uuid(), []))
  if (!committed) await bindRow(id, context)
}

async function bindingsOf({ text }: BoundPolicy, { directory }: Context): Promise<BoundPolicy['bindings']> {
  const { policy } = parsePolicy(text, 'key')
  return policy && bindKnownPrincipals(principalsOf(policy), directory)
}
