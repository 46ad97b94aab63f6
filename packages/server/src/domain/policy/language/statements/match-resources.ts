import { arns, type Prepared } from '../conditions/comparators.ts'
import { prepareParsed } from '../conditions/wanted.ts'
import type { Effect, ListElement } from '../document.ts'
import type { ArnPattern } from '../patterns/arn-pattern.ts'
import type { Scope } from '../patterns/template.ts'

/** Which resources a statement covers. */
export class ResourceMatcher {
  readonly #not: boolean
  readonly #effect: Effect
  /** `*`: also if the operation has no resource; in a key policy, the key. */
  readonly #all: boolean
  readonly #arns: ReadonlySet<string>
  readonly #patterns: readonly ArnPattern[]
  readonly #variable: readonly Exclude<Prepared<ArnPattern>, { constant: ArnPattern }>[]

  constructor({ not, values }: ListElement, effect: Effect, variables: boolean) {
    const named = values.filter((value) => !/[*?]|\$\{/.test(value))
    const others = values.filter((value) => value !== '*' && !named.includes(value))
    const prepared = others.map((value) => prepareParsed(arns, value, variables))
    this.#not = not
    this.#effect = effect
    this.#all = values.includes('*')
    this.#arns = new Set(named)
    this.#patterns = prepared.flatMap((one) => ('constant' in one ? [one.constant] : []))
    this.#variable = prepared.filter((one) => 'resolve' in one)
  }

  matches(resource: string, scope: Scope): boolean {
    if (this.#all || this.#arns.has(resource)) return !this.#not
    scope.work.spend(this.#patterns.length + this.#variable.length)
    for (const pattern of this.#patterns) if (pattern.matches(resource, scope.work)) return !this.#not
    return this.#variable.length === 0 ? this.#not : this.#matchesVariable(resource, scope)
  }

  /**
   * As on AWS, a pattern that contains a variable without a value matches nothing. In NotResource that would extend an
   * Allow to resources that it should exclude, so the Allow does not apply; a Deny then has one exception less.
   */
  #matchesVariable(resource: string, scope: Scope): boolean {
    const resolved = this.#variable.map((one) => one.resolve(scope))
    if (resolved.some((pattern) => pattern?.matches(resource, scope.work))) return !this.#not
    return this.#not && (this.#effect === 'Deny' || !resolved.includes(undefined))
  }
}
