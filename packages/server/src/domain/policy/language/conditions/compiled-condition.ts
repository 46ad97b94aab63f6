import type { ConditionTrace } from '../contract.ts'
import type { Condition, Effect } from '../document.ts'
import { describeTokens, parseTemplate, resolveTemplate, type Scope } from '../patterns/template.ts'
import { readBoolean } from './comparators.ts'
import { type NamedOperator, parseOperator } from './operators.ts'
import type { BoundValues, WantedValues } from './wanted.ts'

/** One condition key under one operator, compiled for evaluation. */
export class CompiledCondition {
  readonly #condition: Condition
  readonly #key: string
  readonly #effect: Effect
  readonly #variables: boolean
  readonly #named: NamedOperator
  readonly #wanted: WantedValues
  /** The result for a request without the key. */
  readonly #whenMissing: boolean
  /** The result for a request with the key but without any value of it. */
  readonly #whenEmpty: boolean
  /**
   * The result for a value that the operator cannot parse, such as a number for a date. The comparison has no meaning,
   * so the condition fails in an Allow and holds in a Deny, also under negated operators.
   */
  readonly #whenUnreadable: boolean
  /** Whether every value of the request must satisfy the operator, or at least one. */
  readonly #every: boolean

  constructor(condition: Condition, effect: Effect, variables: boolean) {
    const named = parseOperator(condition.operator)
    if (named === undefined) throw new TypeError(`a condition that was not parsed: ${condition.operator}`)
    const { operator, set, ifExists } = named
    this.#condition = condition
    this.#key = condition.key.toLowerCase()
    this.#effect = effect
    this.#variables = variables
    this.#named = named
    this.#wanted = operator.want(condition.values, variables)
    this.#whenMissing = ifExists || set === 'all' || (operator.negated && set === undefined)
    this.#whenEmpty = set === 'all' || (effect === 'Deny' && this.#whenMissing)
    this.#whenUnreadable = effect === 'Deny'
    this.#every = set === 'all' || (set === undefined && effect === 'Allow')
  }

  /**
   * Several values under an operator without a set operator: in an Allow all of them must satisfy it, in a Deny one is
   * enough. Names fold to one condition key, so callers can create such a key at will, with `{"A": "1", "a": "2"}` as
   * encryption context. One value must not get them into an Allow, nor the other out of a Deny. A key without any value
   * satisfies no Allow. A condition without values in the policy fails in an Allow and holds in a Deny: AWS accepts
   * such policies and does not document what they mean.
   */
  holds(scope: Scope): boolean {
    scope.work.spend(1)
    if (this.#condition.values.length === 0) return this.#effect === 'Deny'
    const found = scope.conditions.get(this.#key)
    scope.work.spend(found?.length ?? 0)
    if (this.#named.operator.absence) return this.#isAbsenceWanted(this.#isAbsent(found, scope))
    if (found === undefined) return this.#whenMissing
    if (found.length === 0) return this.#whenEmpty
    return this.#compare(found, this.#wanted.bind(scope), scope)
  }

  trace(scope: Scope): ConditionTrace {
    const { operator, key, values } = this.#condition
    const wanted = values.map((value) => this.#describe(value, scope))
    const found = key === '' ? undefined : scope.conditions.get(this.#key)
    const isAbsent = this.#named.operator.absence && this.#isAbsent(found, scope)
    return { operator, key, wanted, found: isAbsent ? undefined : found, holds: this.holds(scope) }
  }

  /**
   * As on AWS, a pattern that contains a variable without a value matches nothing. Under a negated operator that would
   * count as a match: there the condition fails in an Allow, because what it should exclude is unknown, and holds in a
   * Deny.
   */
  #compare(found: readonly string[], wanted: BoundValues, { work }: Scope): boolean {
    const { negated } = this.#named.operator
    if (negated && !wanted.complete && this.#effect === 'Allow') return false
    for (const value of found) {
      const matched = wanted.match(value, work)
      const satisfied = matched === undefined ? this.#whenUnreadable : matched !== negated
      if (satisfied !== this.#every) return satisfied
    }
    return this.#every
  }

  /** Absence as `Null` sees it: a parameter with its default value is absent. */
  #isAbsent(found: readonly string[] | undefined, { conditions }: Scope): boolean {
    return found === undefined || found.length === 0 || conditions.isByDefault(this.#key)
  }

  #isAbsenceWanted(absent: boolean): boolean {
    return this.#condition.values.some((value) => readBoolean(value) === absent)
  }

  /** A value as it applies to this request, or as written in the policy if a variable has no value. */
  #describe(value: string, scope: Scope): string {
    const { wildcards, variables } = this.#named.operator
    const template = parseTemplate(value, { wildcards, variables: variables && this.#variables })
    const tokens = template && resolveTemplate(template, scope)
    return tokens === undefined ? value : describeTokens(tokens)
  }
}
