import type { NamedPolicy } from './access.ts'

/** The same policy, but that it allows nothing. */
export function denialsOf({ name, policy }: NamedPolicy): NamedPolicy {
  const evaluate: typeof policy.evaluate = (request, work) => {
    const { deny } = policy.evaluate(request, work)
    return deny ? { deny, allow: {} } : { allow: {} }
  }
  const trace: typeof policy.trace = (request, work) =>
    policy.trace(request, work).filter(({ effect }) => effect === 'Deny')
  return { name, policy: { evaluate, trace } }
}
