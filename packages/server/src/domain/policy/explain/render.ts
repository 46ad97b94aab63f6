import { REASONS } from '../reasons.ts'
import type { GrantTrace } from '../grants/match.ts'
import type { StatementReference, StatementTrace } from '../language/contract.ts'
import type { Edit, Explanation, FailedPart, LayerTrace, NearMiss, PolicyLayer } from './explanation.ts'
import { failedGrantParts, failedParts } from './nearest.ts'

/**
 * Returns an explanation as plain text for people. Names and values are not escaped: a caller that prints the text to a
 * terminal must escape control characters.
 */
export function renderExplanation(explanation: Explanation): string {
  const { decision, layers, grants, nearest, change } = explanation
  return [
    headline(explanation),
    `  ${decision.reason}: ${REASONS[decision.reason]}`,
    ...layers.flatMap(layerLines),
    ...section('grants', grants.length === 0 ? ['none'] : grants.map(grantLine)),
    ...(nearest ? section('nearest to an allow', nearestLines(nearest)) : []),
    ...(decision.allowed ? [] : section('smallest change', changeLines(change, explanation.principal))),
    '',
  ].join('\n')
}

function headline({ decision, principal, action, resource }: Explanation): string {
  return `${decision.allowed ? 'Allowed' : 'Denied'}: ${principal} asked for ${action} on ${resource ?? 'an unknown resource'}`
}

function section(title: string, lines: readonly string[]): string[] {
  return ['', title, ...lines.map((line) => `  ${line}`)]
}

function layerLines({ layer, policies }: LayerTrace): string[] {
  if (policies === 'absent') return section(layer, ['absent'])
  const lines = policies.flatMap(({ name, statements }) => [
    name,
    ...statements.map((trace) => `  ${statementLine(trace)}`),
  ])
  return section(layer, lines.length === 0 ? ['no policy, so nothing is allowed'] : lines)
}

function statementLine(trace: StatementTrace): string {
  const named = trace.applies && trace.principal ? `, naming the ${trace.principal}` : ''
  const listed = trace.despiteNotPrincipal
    ? ', which NotPrincipal does not exempt because it has a permissions boundary'
    : ''
  const outcome = trace.applies ? `applies${named}${listed}` : `does not apply: ${failures(failedParts(trace))}`
  return `${trace.effect} ${placeOf(trace.statement)} ${outcome}`
}

function grantLine(trace: GrantTrace): string {
  const outcome = trace.applies
    ? `applies, naming the ${trace.grantee}`
    : `does not apply: ${failures(failedGrantParts(trace))}`
  return `${trace.grantId} ${outcome}`
}

function placeOf({ index, sid }: StatementReference): string {
  return sid === undefined ? `Statement[${index}]` : `Statement[${index}] (${sid})`
}

/** If no part failed and the statement still does not apply, its evaluation exceeded the work limit. */
function failures(parts: readonly FailedPart[]): string {
  return parts.length === 0 ? 'it could not be evaluated' : parts.map(failure).join('; ')
}

function failure(failed: FailedPart): string {
  if (failed.part === 'condition') {
    const { operator, key } = failed
    if (key === '') return `condition ${operator} names no key`
    return `condition ${operator} ${key}: wanted ${listed(failed.wanted)}, found ${listed(failed.found)}`
  }
  if (failed.part !== 'constraint') return `another ${failed.part}`
  return `constraint ${failed.constraint}: wanted ${JSON.stringify(failed.wanted)}, found ${JSON.stringify(failed.found) ?? 'nothing'}`
}

function listed(values: readonly string[] | undefined): string {
  if (values === undefined) return 'nothing'
  return values.length === 0 ? 'an empty list' : values.map((value) => JSON.stringify(value)).join(', ')
}

function nearestLines(nearest: NearMiss): string[] {
  const place = nearest.layer === 'grant' ? nearest.grantId : `${nearest.policy} ${placeOf(nearest.statement)}`
  return [`${nearest.layer} ${place}`, ...nearest.failed.map((failed) => `  ${failure(failed)}`)]
}

function changeLines(change: readonly Edit[] | undefined, principal: string): string[] {
  if (change === undefined) return ['none: no policy and no grant can allow this']
  return change.flatMap((edit, index) =>
    editLines(edit, principal).map((line, row) => (row === 0 ? `${index + 1}. ` : '   ') + line),
  )
}

function editLines(edit: Edit, principal: string): string[] {
  switch (edit.kind) {
    case 'add-statement':
      return [`Add to ${documentOf(edit, principal)}:`, JSON.stringify(edit.statement)]
    case 'narrow-deny':
      return narrowLines(edit)
    case 'remove-deny':
      return [`Remove ${placeOf(edit.statement)} of ${edit.layer} ${edit.policy}.`]
    case 'create-grant': {
      const { kind: _, ...grant } = edit
      return ['Create a grant:', JSON.stringify(grant)]
    }
  }
}

/** A condition cannot select one action or one resource out of several. */
const SPARED = 'This exempts the principal from everything that the statement denies.'

function narrowLines({ statement, layer, policy, conditions }: Extract<Edit, { kind: 'narrow-deny' }>): string[] {
  const place = `${placeOf(statement)} of ${layer} ${policy}`
  const what =
    conditions.length === 1
      ? `Add one more condition to ${place}:`
      : `Replace ${place} with ${conditions.length} copies, each with one more condition:`
  return [what, ...conditions.map((condition) => JSON.stringify(condition)), SPARED]
}

const ARTICLES: Readonly<Record<PolicyLayer, string>> = Object.freeze({
  'resource policy': 'the',
  'identity policy': 'an',
  'permissions boundary': 'the',
  'session policy': 'a',
})

/** The policy that an edit is for: its type, and its name if it has one. */
function documentOf({ layer, policy }: Extract<Edit, { kind: 'add-statement' }>, principal: string): string {
  const owned = `${ARTICLES[layer]} ${layer}${layer === 'resource policy' ? '' : ` of ${principal}`}`
  return policy === undefined ? `${owned} (a new one)` : `${owned} (${policy})`
}
