import { type Iam, queryError } from '@keyhold/protocol'
import type { NamedPolicy } from '../../../domain/policy/access.ts'
import { compilePolicy } from '../../../domain/policy/language/compile.ts'
import type { PolicyKind } from '../../../domain/policy/language/contract.ts'
import { parsePolicy } from '../../../domain/policy/language/parse.ts'
import { statementPositions } from './statement-positions.ts'

/** A policy in a simulation, with what responses state about it. */
export interface SimulatedPolicy extends NamedPolicy {
  type: Iam.PolicySourceType
  positionOf: ReturnType<typeof statementPositions>
}

/**
 * Compiles a policy for one simulation. It is not cached with stored policies, because callers could fill that cache
 * with arbitrary texts. Throws InvalidInput.
 */
export function simulatedPolicy(
  name: string,
  text: string,
  { kind, type }: { kind: PolicyKind; type: Iam.PolicySourceType },
): SimulatedPolicy {
  const { policy, fault } = parsePolicy(text, kind)
  if (fault) throw queryError('InvalidInput', `${name}: ${fault.message} (at ${fault.path})`)
  return { name, type, policy: compilePolicy(policy, kind), positionOf: statementPositions(text) }
}

/** The policies of a list parameter, named by their position: `PolicyInputList.1`. */
export function simulatedList(member: string, texts: readonly string[]): SimulatedPolicy[] {
  const as = { kind: 'identity', type: 'none' } as const
  return texts.map((text, index) => simulatedPolicy(`${member}.${index + 1}`, text, as))
}
