import type { PolicyKind } from '../contract.ts'
import type { Effect, ListElement, PolicyVersion, Statement } from '../document.ts'
import { arnSegments, variableProblem } from '../patterns/arn-pattern.ts'
import { parseTemplate } from '../patterns/template.ts'
import { parseConditions } from './conditions.ts'
import type { Place } from './place.ts'
import { parsePrincipals } from './principals.ts'
import { type Presence, RULES, type StatementRules } from './rules.ts'

const ELEMENTS = [
  'Sid',
  'Effect',
  'Principal',
  'NotPrincipal',
  'Action',
  'NotAction',
  'Resource',
  'NotResource',
  'Condition',
] as const
const EFFECTS: readonly Effect[] = ['Allow', 'Deny']

const SID = /^[A-Za-z0-9]*$/
const SID_SENTENCE =
  'Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*'
/** A complete service name, and one of its actions or a pattern. */
const ACTION = /^([A-Za-z0-9-]+):[A-Za-z0-9_*?-]+$/
/** All actions. IAM accepts the second form although no other action can have a wildcard as its service. */
const ALL_ACTIONS: readonly string[] = ['*', '*:*']

type Elements = ReadonlyMap<string, Place>

/** Parses one statement of a policy. Throws {@link Malformed} for one that breaks the rules of `kind` and `version`. */
export function parseStatement(place: Place, kind: PolicyKind, version: PolicyVersion): Statement {
  const elements = place.membersNamed(ELEMENTS)
  const rules = RULES[kind]
  const variables = version === '2012-10-17'
  const principals = principalElement(place, elements, rules)
  const actions = listElement(place, elements, { name: 'Action', ...rules.action }, (text) =>
    actionProblem(text, rules),
  )
  const resources = listElement(place, elements, { name: 'Resource', ...rules.resource }, (text) =>
    problemOf(text, variables),
  )
  const conditions = elements.get('Condition')
  const sid = elements.get('Sid')
  return {
    path: place.path,
    ...(sid && { sid: parseSid(sid, rules) }),
    effect: required(place, elements, 'Effect').oneOf(EFFECTS),
    ...(principals && { principals: parsePrincipals(...principals, rules.principal.sentence) }),
    ...(actions && { actions }),
    ...(resources && { resources }),
    conditions: conditions ? parseConditions(conditions, variables) : [],
  }
}

function parseSid(place: Place, { plainSid }: StatementRules): string {
  const sid = place.string()
  if (plainSid && !SID.test(sid)) throw place.malformed(SID_SENTENCE)
  return sid
}

function required(statement: Place, elements: Elements, name: string): Place {
  const place = elements.get(name)
  if (place === undefined) throw statement.malformed(`Missing required field ${name}`)
  return place
}

function principalElement(
  statement: Place,
  elements: Elements,
  { principal, notPrincipal }: StatementRules,
): [Place, boolean] | undefined {
  const not = elements.get('NotPrincipal')
  if (not !== undefined && notPrincipal.presence === 'prohibited') throw not.malformed(notPrincipal.sentence)
  return either(statement, elements, { name: 'Principal', ...principal })
}

interface Wanted extends Presence {
  name: string
}

/** Returns the element or its negation, and whether it is negated. A statement cannot have both. */
function either(
  statement: Place,
  elements: Elements,
  { name, presence, sentence }: Wanted,
): [Place, boolean] | undefined {
  const [plain, not] = [elements.get(name), elements.get(`Not${name}`)]
  const found = plain ?? not
  if (plain !== undefined && not !== undefined) throw not.malformed(`${name} and Not${name} exclude each other`)
  if (presence === 'required' && found === undefined) throw statement.malformed(sentence)
  if (presence === 'prohibited' && found !== undefined) throw found.malformed(sentence)
  return found && [found, found === not]
}

function listElement(
  statement: Place,
  elements: Elements,
  wanted: Wanted,
  problem: (text: string) => string | undefined,
): ListElement | undefined {
  const found = either(statement, elements, wanted)
  if (found === undefined) return undefined
  const [place, not] = found
  const values = place.strings(wanted.sentence).map(([text, one]) => {
    const message = problem(text)
    if (message !== undefined) throw one.malformed(message)
    return text
  })
  return { not, values }
}

function actionProblem(text: string, { onlyActions }: StatementRules): string | undefined {
  const named = ACTION.exec(text)?.[1]?.toLowerCase()
  if (onlyActions !== undefined) return named === onlyActions.service ? undefined : onlyActions.sentence
  if (named !== undefined || ALL_ACTIONS.includes(text)) return undefined
  const [vendor = '', name, more] = text.split(':')
  if (name === undefined) return 'Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.'
  if (more !== undefined) return 'Actions/Condition can contain only one colon.'
  return /[*?]/.test(vendor)
    ? 'Action vendors (e.g., aws, ec2, etc.) must not contain wildcards.'
    : 'Must be "*", or a service, a colon and an action'
}

function problemOf(resource: string, variables: boolean): string | undefined {
  if (resource === '*') return undefined
  const template = parseTemplate(resource, { variables, wildcards: true })
  if (template === undefined) return 'A policy variable is malformed'
  const segments = arnSegments(template)
  return segments === undefined ? 'Resource must be in ARN format or "*".' : variableProblem(segments)
}
