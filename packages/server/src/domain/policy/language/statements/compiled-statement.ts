import { CompiledCondition } from '../conditions/compiled-condition.ts'
import type { AllowedAs, Bindings, PolicyRequest, StatementReference, StatementTrace } from '../contract.ts'
import type { Effect, Statement } from '../document.ts'
import type { Scope } from '../patterns/template.ts'
import type { Work } from '../patterns/work.ts'
import { ActionMatcher } from './match-actions.ts'
import { PrincipalMatcher } from './match-principals.ts'
import { ResourceMatcher } from './match-resources.ts'

/** A request while one document is asked about it. */
export interface Question extends Scope {
  request: PolicyRequest
}

/** What a document's kind and version say about all of its statements. */
export interface CompileOptions {
  /** Whether `${…}` stands for something. */
  variables: boolean
  /** Whether the document names principals, and whether resources. */
  principals: boolean
  resources: boolean
  bindings: Bindings | undefined
}

/** A statement, ready to be asked. One that lacks what its kind of document needs for an effect matches nothing. */
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

  /** Whether `action` is one of the statement's, before anything else is asked. In doubt a Deny is about it. */
  isAbout(action: string, work: Work): boolean {
    const listed = this.#actions?.matches(action.toLowerCase(), work) === true
    return work.exhausted ? this.effect === 'Deny' : listed
  }

  /**
   * How the statement applies to a request for an action that it {@link isAbout}; false if it does not. Once the work is
   * exhausted nothing that was found is certain: then no statement allows, and those that are about this principal deny.
   */
  applies(question: Question): AllowedAs | false {
    question.work.spend(1)
    const applies = this.#decide(question)
    if (!question.work.exhausted) return applies
    return this.effect === 'Deny' ? this.#matchesPrincipal(question) : false
  }

  /** What became of each part, all of them looked at. `applies` is what an evaluation made of them. */
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

  /** What decides most often and costs least comes first. */
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
