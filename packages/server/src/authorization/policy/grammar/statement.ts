import type { PolicyKind } from '../contract.ts'
import type { Effect, ListElement, PolicyVersion, Statement } from '../document.ts'
import { arnSegments, resourceProblem } from '../patterns/arn-pattern.ts'
import { parseTemplate } from '../patterns/template.ts'
import { parseConditions } from './conditions.ts'
import type { Place } from './place.ts'
import { parsePrincipals } from './principals.ts'

type Presence = 'required' | 'optional' | 'prohibited'

/** What a statement must, may or must not have, by what its document is for. */
interface StatementRules {
  principal: Presence
  notPrincipal: Presence
  action: Presence
  resource: Presence
  /** The only service whose actions mean something. */
  service?: string
  /** IAM: "Statement IDs (SID) must be alpha numeric". */
  plainSid: boolean
}

/**
 * Sources: IAM User Guide, "Grammar", "NotPrincipal" (none in trust policies), "Resource" (none in trust policies);
 * AWS KMS API Reference, PutKeyPolicy (principals are required, and a statement without Action or Resource is accepted
 * although it has no effect).
 */
const RULES: Readonly<Record<PolicyKind, StatementRules>> = {
  identity: {
    principal: 'prohibited',
    notPrincipal: 'prohibited',
    action: 'required',
    resource: 'required',
    plainSid: true,
  },
  key: { principal: 'required', notPrincipal: 'optional', action: 'optional', resource: 'optional', plainSid: false },
  trust: {
    principal: 'required',
    notPrincipal: 'prohibited',
    action: 'required',
    resource: 'prohibited',
    service: 'sts',
    plainSid: true,
  },
}

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
/** A service named in full, and one of its actions or a pattern of them. */
const ACTION = /^([A-Za-z0-9-]+):[A-Za-z0-9_*?-]+$/

type Elements = ReadonlyMap<string, Place>

export function parseStatement(place: Place, kind: PolicyKind, version: PolicyVersion): Statement {
  const elements = place.membersNamed(ELEMENTS)
  const rules = RULES[kind]
  const variables = version === '2012-10-17'
  const principals = principalElement(place, elements, rules)
  const actions = listElement(place, elements, 'Action', rules.action, (text) => actionProblem(text, rules))
  const resources = listElement(place, elements, 'Resource', rules.resource, (text) => problemOf(text, variables))
  const conditions = elements.get('Condition')
  const sid = elements.get('Sid')
  return {
    path: place.path,
    ...(sid && { sid: parseSid(sid, rules) }),
    effect: required(place, elements, 'Effect').oneOf(EFFECTS),
    ...(principals && { principals: parsePrincipals(...principals) }),
    ...(actions && { actions }),
    ...(resources && { resources }),
    conditions: conditions ? parseConditions(conditions, variables) : [],
  }
}

function parseSid(place: Place, { plainSid }: StatementRules): string {
  const sid = place.string()
  if (plainSid && !SID.test(sid)) throw place.malformed('A Sid may have letters and digits only')
  return sid
}

function required(statement: Place, elements: Elements, name: string): Place {
  const place = elements.get(name)
  if (place === undefined) throw statement.malformed(`${name} is missing`)
  return place
}

function principalElement(statement: Place, elements: Elements, rules: StatementRules): [Place, boolean] | undefined {
  const not = elements.get('NotPrincipal')
  if (not !== undefined && rules.notPrincipal === 'prohibited') throw not.malformed('NotPrincipal is not allowed here')
  return either(statement, elements, 'Principal', rules.principal)
}

/** The element or its opposite, and whether it is the opposite. One statement never has both. */
function either(statement: Place, elements: Elements, name: string, presence: Presence): [Place, boolean] | undefined {
  const [plain, not] = [elements.get(name), elements.get(`Not${name}`)]
  const found = plain ?? not
  if (plain !== undefined && not !== undefined) throw not.malformed(`${name} and Not${name} exclude each other`)
  if (presence === 'required' && found === undefined) throw statement.malformed(`${name} is missing`)
  if (presence === 'prohibited' && found !== undefined) throw found.malformed(`${name} is not allowed here`)
  return found && [found, found === not]
}

function listElement(
  statement: Place,
  elements: Elements,
  name: string,
  presence: Presence,
  problem: (text: string) => string | undefined,
): ListElement | undefined {
  const found = either(statement, elements, name, presence)
  if (found === undefined) return undefined
  const [place, not] = found
  const values = place.strings().map(([text, one]) => {
    const message = problem(text)
    if (message !== undefined) throw one.malformed(message)
    return text
  })
  return { not, values }
}

function actionProblem(text: string, { service }: StatementRules): string | undefined {
  const named = ACTION.exec(text)?.[1]?.toLowerCase()
  if (service !== undefined) return named === service ? undefined : `Only actions of ${service} are allowed here`
  return named !== undefined || text === '*' ? undefined : 'Must be "*", or a service, a colon and an action'
}

function problemOf(resource: string, variables: boolean): string | undefined {
  if (resource === '*') return undefined
  const template = parseTemplate(resource, { variables, wildcards: true })
  if (template === undefined) return 'A policy variable is malformed'
  const segments = arnSegments(template)
  return segments === undefined ? 'Must be "*" or an ARN' : resourceProblem(segments)
}
