import { CompiledCondition } from '../conditions/compiled-condition.ts'
import type { AllowedAs, Bindings, PolicyRequest, StatementReference, StatementTrace } from '../contract.ts'
import type { Effect, Statement } from '../document.ts'
import type { Scope } from '../patterns/template.ts'
import type { Work } from '../patterns/work.ts'
import { ActionMatcher } from './match-actions.ts'
import { PrincipalMatcher } from './match-principals.ts'
import { ResourceMatcher } from './match-resources.ts'

/** A request during the evaluation of one policy. */
export interface Question extends Scope {
  request: PolicyRequest
}

/** What a policy's kind and version mean for all of its statements. */
export interface CompileOptions {
  /** Whether `${…}` is a policy variable. */
  variables: boolean
  /** Whether the policy names principals, and whether it names resources. */
  principals: boolean
  resources: boolean
  bindings: Bindings | undefined
}

/**
 * A statement, compiled for evaluation. A statement that lacks an element that its kind of policy needs matches
 * nothing.
 */
export class CompiledStatement {
  readonly effect: Effect
  readonly reference: StatementReference
  readonly #options: CompileOptions
  readonly #principals: PrincipalMatcher | undefined
  readonly #actions: ActionMatcher | undefined
  readonly #resources: ResourceMatcher | undefined
  readonly #conditions: readonly CompiledCondition[]

  constructor(statement: Statement, index: number, options: CompileOptions) {
    const { sid, effect, principals, actions, resources, conditions } = statement
    this.effect = effect
    this.reference = { index, ...(sid !== undefined && { sid }) }
    this.#options = options
    this.#principals = principals && new PrincipalMatcher(principals, effect, options.bindings)
    this.#actions = actions && new ActionMatcher(actions)
    this.#resources = resources && new ResourceMatcher(resources, effect, options.variables)
    this.#conditions = conditions.map((one) => new CompiledCondition(one, effect, options.variables))
  }

  /**
   * Returns whether the statement covers `action`, before anything else is evaluated. If the work limit is reached, a
   * Deny covers it.
   */
  isAbout(action: string, work: Work): boolean {
    const listed = this.#actions?.matches(action.toLowerCase(), work) === true
    return work.exhausted ? this.effect === 'Deny' : listed
  }

  /**
   * Returns how the statement applies to a request for an action that it {@link isAbout}, or false. Once the work limit
   * is reached no result is certain: then no Allow applies, and every Deny that matches the principal does.
   */
  applies(question: Question): AllowedAs | false {
    question.work.spend(1)
    const applies = this.#decide(question)
    if (!question.work.exhausted) return applies
    return this.effect === 'Deny' ? this.#matchesPrincipal(question) : false
  }

  /** Returns the result of each part; all parts are evaluated. `applies` is the result of the evaluation. */
  trace(question: Question, applies: boolean): StatementTrace {
    return {
      statement: this.reference,
      effect: this.effect,
      principal: this.#options.principals ? this.#matchesPrincipal(question) : undefined,
      ...(this.#principals?.isDespiteNotPrincipal(question.request) && { despiteNotPrincipal: true }),
      action: this.isAbout(question.request.action, question.work),
      resource: this.#matchesResource(question),
      conditions: this.#conditions.map((condition) => condition.trace(question)),
      applies,
    }
  }

  /** Checks the most selective and cheapest parts first. */
  #decide(question: Question): AllowedAs | false {
    const principal = this.#matchesPrincipal(question)
    if (principal === false || !this.#matchesResource(question)) return false
    for (const condition of this.#conditions) if (!condition.holds(question)) return false
    return principal
  }

  #matchesPrincipal({ request }: Question): AllowedAs | false {
    if (!this.#options.principals) return 'principal'
    return this.#principals?.matches(request) ?? false
  }

  #matchesResource(question: Question): boolean {
    if (!this.#options.resources) return true
    return this.#resources?.matches(question.request.resource, question) === true
  }
}
