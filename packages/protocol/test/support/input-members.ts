import { structureOf, wireTypeOf } from '../../src/model/model.ts'
import type { ServiceModel } from '../../src/model/model.ts'
import type { MemberShape } from '../../src/model/shapes.ts'

/** Every member that an input of the service can have, with the name of its structure. */
export function inputMembersOf(model: ServiceModel): { structure: string; member: MemberShape }[] {
  const seen = new Set<string>()
  const visit = (structure: string): { structure: string; member: MemberShape }[] => {
    if (seen.has(structure)) return []
    seen.add(structure)
    const members = structureOf(model, structure)
    const nested = members.filter(({ type }) => wireTypeOf(model, type) === undefined)
    return [...members.map((member) => ({ structure, member })), ...nested.flatMap(({ type }) => visit(type))]
  }
  return Object.values(model.operations).flatMap(({ input }) => visit(input))
}
