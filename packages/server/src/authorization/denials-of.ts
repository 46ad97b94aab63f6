import type { NamedPolicy } from './access.ts'

/** The same policy, but that it allows nothing. */
export function denialsOf({ name, policy }: NamedPolicy): NamedPolicy {
  const evaluate: typeof policy.evaluate = (request, work) => {
    const { deny } = policy.evaluate(request, work)
    return deny ? { deny, allow: {} } : { allow: {} }
  }
  return { name, policy: { evaluate, trace: (request, work) => policy.trace(request, work) } }
}
