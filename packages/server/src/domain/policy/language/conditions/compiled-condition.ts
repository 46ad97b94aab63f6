import type { ConditionTrace } from '../contract.ts'
import type { Condition, Effect } from '../document.ts'
import { describeTokens, parseTemplate, resolveTemplate, type Scope } from '../patterns/template.ts'
import { readBoolean } from './comparators.ts'
import { type NamedOperator, parseOperator } from './operators.ts'
import type { BoundValues, WantedValues } from './wanted.ts'

/** One key under one operator, ready to be asked. */
export class CompiledCondition {
  readonly #condition: Condition
  readonly #key: string
  readonly #effect: Effect
  readonly #variables: boolean
  readonly #named: NamedOperator
  readonly #wanted: WantedValues
  /** The answer for a request without the key. */
  readonly #whenMissing: boolean
  /** The answer for a request that has the key, but no value of it. */
  readonly #whenEmpty: boolean
  /**
   * The answer for a value that the operator cannot read, such as a number for a date. Nobody can say how it compares:
   * it satisfies no Allow, and it satisfies a Deny, under negated operators too.
   */
  readonly #whenUnreadable: boolean
  /** Whether every value of the request must satisfy the operator, or one of them. */
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
   * Several values under an operator without a set operator: all of them must allow, one of them denies. Names fold to
   * one condition key, so a caller makes such a key as he likes, with `{"A": "1", "a": "2"}` as encryption context; he
   * must not get into an Allow by one of the values, nor out of a Deny by the other. A key without any value is worth
   * as little: it satisfies no Allow. Nor does a condition to which the document gives no values; in a Deny it holds. AWS
   * accepts such documents and does not say what they mean.
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
   * A variable without a value makes its pattern match nothing, as on AWS. For a negated operator that would be a match:
   * there an Allow does not apply, as nobody can say what it meant to leave out, and a Deny does.
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

  /** As `Null` asks it: a parameter that is left to its default is not there. */
  #isAbsent(found: readonly string[] | undefined, { conditions }: Scope): boolean {
    return found === undefined || found.length === 0 || conditions.isByDefault(this.#key)
  }

  #isAbsenceWanted(absent: boolean): boolean {
    return this.#condition.values.some((value) => readBoolean(value) === absent)
  }

  /** A value as it is in this request; as the document has it where a variable has no value. */
  #describe(value: string, scope: Scope): string {
    const { wildcards, variables } = this.#named.operator
    const template = parseTemplate(value, { wildcards, variables: variables && this.#variables })
    const tokens = template && resolveTemplate(template, scope)
    return tokens === undefined ? value : describeTokens(tokens)
  }
}
