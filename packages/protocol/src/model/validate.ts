import { Secret } from '../secret.ts'
import { constraintOf, listConstraintOf } from './constraints.ts'
import { KMS, structureOf, wireTypeOf } from './model.ts'
import type { Input, OperationName } from './model.ts'
import type { MemberShape } from './shapes.ts'
import { Report, show } from './report.ts'
import { rulesOf } from './rules.ts'
import type { Rule } from './rules.ts'

/** Looks at one value that is present and adds to the report what is wrong with it. */
type Check = (value: unknown, path: string, report: Report) => void

const checks = new Map<OperationName, Check>()

/**
 * Checks a decoded input against the model: required members, lengths, ranges, patterns and enumerations. Returns AWS's
 * message, which lists several failures in one, or nothing when the input is valid. Values of sensitive members are
 * never in it.
 */
export function validateInput<N extends OperationName>(operation: N, input: Input<N>): string | undefined {
  const report = new Report()
  checkOf(operation)(input, '', report)
  return report.message
}

/** Built from the model when the operation is first used. */
function checkOf(operation: OperationName): Check {
  const known = checks.get(operation)
  if (known !== undefined) return known
  const check = structureCheck(KMS.operations[operation].input)
  checks.set(operation, check)
  return check
}

function structureCheck(structure: string): Check {
  const members = structureOf(structure).map((member) => ({
    name: member.name,
    required: member.required,
    pathName: member.name.charAt(0).toLowerCase() + member.name.slice(1),
    check: memberCheck(member),
  }))
  return (value, path, report) => {
    const source = value as Readonly<Record<string, unknown>> // the decoder made it
    for (const { name, required, pathName, check } of members) {
      const part = source[name]
      if (part === undefined) {
        if (required) report.add(show(undefined), path + pathName, 'Member must not be null')
      } else if (check !== undefined) check(part, path + pathName, report)
    }
  }
}

function memberCheck({ name, type, isList }: MemberShape): Check | undefined {
  const isStructure = wireTypeOf(type) === undefined
  if (isList && isStructure) return structureListCheck(structureCheck(type))
  if (isList) return ruleCheck(listRules(name, type))
  if (isStructure) return nested(structureCheck(type))
  const rules = rulesOf(type, constraintOf(name))
  return rules.length === 0 ? undefined : ruleCheck(rules)
}

function nested(check: Check): Check {
  return (value, path, report) => check(value, `${path}.`, report)
}

function structureListCheck(check: Check): Check {
  return (value, path, report) => {
    for (const [index, element] of (value as readonly unknown[]).entries()) {
      if (report.isFull) return
      check(element, `${path}.${index + 1}.member.`, report)
    }
  }
}

function ruleCheck(rules: readonly Rule[]): Check {
  return (value, path, report) => {
    for (const rule of rules) {
      if (!rule.holds(value)) report.add(value instanceof Secret ? undefined : show(value), path, rule.sentence)
    }
  }
}

/** A list of scalars: one failing element fails the list, and the sentence lists all that an element must satisfy. */
function listRules(member: string, type: string): Rule[] {
  const { length, element } = listConstraintOf(member)
  const elementRules = rulesOf(type, element)
  const rules = rulesOf('list', length)
  if (elementRules.length === 0) return rules
  const holds = (value: unknown): boolean =>
    (value as readonly unknown[]).every((part) => elementRules.every((rule) => rule.holds(part)))
  const sentences = elementRules.map(({ sentence }) => sentence).join(', ')
  return [...rules, { holds, sentence: `Member must satisfy constraint: [${sentences}]` }]
}
