import type { GrantTrace } from '../grants/match.ts'
import type { StatementTrace } from '../language/contract.ts'
import type { FailedPart, LayerTrace, NearMiss, PolicyLayer } from './explanation.ts'

/**
 * Among the statements and grants that could provide a missing allow, returns the one with the fewest failed parts, the
 * first if there are several. Returns `undefined` if no allow is missing, or no statement or grant allows anything.
 */
export function nearestMiss(
  missing: readonly PolicyLayer[],
  layers: readonly LayerTrace[],
  grants: readonly GrantTrace[],
): NearMiss | undefined {
  const statements = layers.filter(({ layer }) => missing.includes(layer)).flatMap(missesOf)
  const granted = missing.includes('resource policy') ? grants.filter(({ applies }) => !applies).map(grantMiss) : []
  return [...statements, ...granted].reduce<NearMiss | undefined>(
    (nearest, miss) => (nearest && nearest.failed.length <= miss.failed.length ? nearest : miss),
    undefined,
  )
}

function missesOf({ layer, policies }: LayerTrace): NearMiss[] {
  if (policies === 'absent') return []
  return policies.flatMap(({ name, statements }) =>
    statements
      .filter(({ effect, applies }) => effect === 'Allow' && !applies)
      .map((trace) => ({ layer, policy: name, statement: trace.statement, failed: failedParts(trace) })),
  )
}

/** The parts of a statement that did not match, in the order of evaluation. */
export function failedParts({ principal, action, resource, conditions }: StatementTrace): FailedPart[] {
  return [
    ...(principal === false ? [{ part: 'principal' as const }] : []),
    ...(action ? [] : [{ part: 'action' as const }]),
    ...(resource ? [] : [{ part: 'resource' as const }]),
    ...conditions
      .filter(({ holds }) => !holds)
      .map(({ operator, key, wanted, found }) => ({ part: 'condition' as const, operator, key, wanted, found })),
  ]
}

/** The parts of a grant that did not match. */
export function failedGrantParts({ key, grantee, operation, constraints }: GrantTrace): FailedPart[] {
  return [
    ...(key ? [] : [{ part: 'key' as const }]),
    ...(grantee === false ? [{ part: 'grantee' as const }] : []),
    ...(operation ? [] : [{ part: 'operation' as const }]),
    ...constraints
      .filter(({ holds }) => !holds)
      .map(({ constraint, wanted, found }) => ({ part: 'constraint' as const, constraint, wanted, found })),
  ]
}

function grantMiss(trace: GrantTrace): NearMiss {
  return { layer: 'grant', grantId: trace.grantId, failed: failedGrantParts(trace) }
}
