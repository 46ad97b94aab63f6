import type { NamedPolicy } from './access.ts'

/** Returns the same policy with its denies only: it allows nothing. */
export function denialsOf({ name, policy }: NamedPolicy): NamedPolicy {
  const evaluate: typeof policy.evaluate = (request, work) => {
    const { deny } = policy.evaluate(request, work)
    return deny ? { deny, allow: {} } : { allow: {} }
  }
  const trace: typeof policy.trace = (request, work) =>
    policy.trace(request, work).filter(({ effect }) => effect === 'Deny')
  return { name, policy: { evaluate, trace } }
}
