import { type Iam, queryError } from '@keyhold/protocol'
import type { NamedPolicy } from '../../../domain/policy/access.ts'
import { compilePolicy } from '../../../domain/policy/language/compile.ts'
import type { PolicyKind } from '../../../domain/policy/language/contract.ts'
import { parsePolicy } from '../../../domain/policy/language/parse.ts'
import { statementPositions } from './statement-positions.ts'

/** A policy that takes part in a simulation, with what answers say of it. */
export interface SimulatedPolicy extends NamedPolicy {
  type: Iam.PolicySourceType
  positionOf: ReturnType<typeof statementPositions>
}

/**
 * Makes a policy ready for one simulation. It is not kept with those that are stored: callers could fill that memory with
 * whatever they make up. Throws InvalidInput.
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

/** The policies of a list in a request, named by their places: `PolicyInputList.1`. */
export function simulatedList(member: string, texts: readonly string[]): SimulatedPolicy[] {
  const as = { kind: 'identity', type: 'none' } as const
  return texts.map((text, index) => simulatedPolicy(`${member}.${index + 1}`, text, as))
}
