import { Secret } from '../secret.ts'
import { constraintOf, listConstraintOf } from './constraints.ts'
import type { ConstraintTable } from './constraints.ts'
import { structureOf, wireTypeOf } from './model.ts'
import type { ServiceModel } from './model.ts'
import type { MemberShape } from './shapes.ts'
import { show } from './report.ts'
import type { Report } from './report.ts'
import { lengthRules, rulesOf } from './rules.ts'
import type { Rule } from './rules.ts'

/** Looks at one value that is present and adds to the report what is wrong with it. */
export type Check = (value: unknown, path: string, report: Report) => void

/** Builds what is to be checked of a structure, once, from a service's model and its constraints. */
export class CheckBuilder {
  readonly #model: ServiceModel
  readonly #constraints: ConstraintTable

  constructor(model: ServiceModel, constraints: ConstraintTable) {
    this.#model = model
    this.#constraints = constraints
  }

  structure(structure: string): Check {
    const members = structureOf(this.#model, structure).map((member) => ({
      name: member.name,
      required: member.required,
      pathName: member.name.charAt(0).toLowerCase() + member.name.slice(1),
      check: member.isList ? this.#list(structure, member) : this.#single(structure, member),
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

  #single(structure: string, { name, type }: MemberShape): Check | undefined {
    if (wireTypeOf(this.#model, type) === undefined) return nested(this.structure(type))
    return ruleCheck(rulesOf(this.#model, type, constraintOf(this.#constraints, structure, name)))
  }

  #list(structure: string, { name, type }: MemberShape): Check | undefined {
    const { length, element } = listConstraintOf(this.#constraints, structure, name)
    const bounds = length === undefined ? [] : lengthRules(length)
    if (wireTypeOf(this.#model, type) === undefined) return structureListCheck(bounds, this.structure(type))
    return ruleCheck([...bounds, ...elementRules(rulesOf(this.#model, type, element))])
  }
}

function nested(check: Check): Check {
  return (value, path, report) => check(value, `${path}.`, report)
}

/** The list is not quoted: AWS would quote the Java objects. */
function structureListCheck(bounds: readonly Rule[], check: Check): Check {
  return (value, path, report) => {
    for (const rule of bounds) if (!rule.holds(value)) report.add(undefined, path, rule.sentence)
    for (const [index, element] of (value as readonly unknown[]).entries()) {
      if (report.isFull) return
      check(element, `${path}.${index + 1}.member.`, report)
    }
  }
}

function ruleCheck(rules: readonly Rule[]): Check | undefined {
  if (rules.length === 0) return undefined
  return (value, path, report) => {
    for (const rule of rules) {
      if (!rule.holds(value)) report.add(value instanceof Secret ? undefined : show(value), path, rule.sentence)
    }
  }
}

/** A list of scalars: one failing element fails the list, and the sentence lists all that an element must satisfy. */
function elementRules(rules: readonly Rule[]): Rule[] {
  if (rules.length === 0) return []
  const holds = (value: unknown): boolean =>
    (value as readonly unknown[]).every((part) => rules.every((rule) => rule.holds(part)))
  const sentences = rules.map(({ sentence }) => sentence).join(', ')
  return [{ holds, sentence: `Member must satisfy constraint: [${sentences}]` }]
}
