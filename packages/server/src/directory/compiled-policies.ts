import type { NamedPolicy } from '../authorization/access.ts'
import { compilePolicy } from '../authorization/policy/compile.ts'
import type { CompiledPolicy, PolicyKind } from '../authorization/policy/contract.ts'
import { parsePolicy } from '../authorization/policy/parse.ts'
import type { BoundPolicy } from '../identity/records.ts'
import { BoundedCache } from '../platform/bounded-cache.ts'

/** Documents that are compiled in memory; most accounts have many principals with few documents between them. */
const MAX_COMPILED = 20_000

/** Compiles each text once, however many principals have it. */
export class CompiledPolicies {
  readonly #compiled = new BoundedCache<CompiledPolicy>(MAX_COMPILED)

  named(name: string, kind: PolicyKind, { text, bindings }: BoundPolicy): NamedPolicy {
    const id = bindings === undefined ? `${kind} ${text}` : `${kind} ${JSON.stringify(bindings)} ${text}`
    const known = this.#compiled.get(id)
    if (known !== undefined) return { name, policy: known }
    const policy = compiled(kind, text, bindings)
    this.#compiled.set(id, policy)
    return { name, policy }
  }
}

function compiled(kind: PolicyKind, text: string, bindings: BoundPolicy['bindings']): CompiledPolicy {
  const { policy } = parsePolicy(text, kind)
  if (policy === undefined) return UNREADABLE
  return compilePolicy(policy, kind, bindings && new Map(Object.entries(bindings)))
}

/**
 * What stands for a document that this build cannot read, as only a development server of an earlier one may have stored:
 * it may have held a denial, so it denies everything.
 */
const UNREADABLE: CompiledPolicy = {
  evaluate: () => ({ deny: { index: -1 }, allow: {} }),
  trace: () => [],
}
