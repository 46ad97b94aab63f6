import type { Bindings, CompiledPolicy, PolicyKind, PolicyRequest, StatementTrace, Verdict } from './contract.ts'
import type { PolicyDocument } from './document.ts'
import { Work } from './patterns/work.ts'
import { CompiledStatement, type Question } from './statements/compiled-statement.ts'

/**
 * Compiles a policy for evaluation. Everything that does not depend on a request is parsed once.
 *
 * With `bindings`, the ARN of a user or role matches only the principal with the id bound to it, and an ARN without a
 * binding matches no principal. Without `bindings`, ARNs are compared as text. The ARN of a role session can be bound
 * to its role's id.
 */
export function compilePolicy(document: PolicyDocument, kind: PolicyKind, bindings?: Bindings): CompiledPolicy {
  const options = {
    variables: document.version === '2012-10-17',
    principals: kind !== 'identity',
    resources: kind !== 'trust',
    bindings,
  }
  return new StatementList(document.statements.map((one, index) => new CompiledStatement(one, index, options)))
}

/** The maximum number of actions for which a policy caches its statements. KMS has fewer actions. */
const MAX_REMEMBERED_ACTIONS = 64

/** The cost of recording the trace of one statement, in steps of a comparison. */
const TRACE_STEPS = 10

class StatementList implements CompiledPolicy {
  readonly #statements: readonly CompiledStatement[]
  /** Caches which statements cover an action. This never changes. */
  readonly #byAction = new Map<string, readonly CompiledStatement[]>()

  constructor(statements: readonly CompiledStatement[]) {
    this.#statements = statements
  }

  evaluate(request: PolicyRequest, work = new Work()): Verdict {
    const question = toQuestion(request, work)
    const verdict: Verdict = { allow: {} }
    for (const statement of this.#about(request.action, work)) {
      const as = statement.applies(question)
      if (as === false) continue
      if (statement.effect === 'Deny') verdict.deny ??= statement.reference
      else verdict.allow[as] ??= statement.reference
    }
    return verdict
  }

  trace(request: PolicyRequest, shared?: Work): StatementTrace[] {
    const work = shared ?? new Work()
    const question = toQuestion(request, work)
    const about = new Set(this.#about(request.action, work))
    return this.#statements.map((one) => {
      work.spend(TRACE_STEPS)
      const applies = about.has(one) && one.applies(question) !== false
      return one.trace(toQuestion(request, shared ?? new Work()), applies)
    })
  }

  #about(action: string, work: Work): readonly CompiledStatement[] {
    const remembered = this.#byAction.get(action)
    if (remembered !== undefined) return remembered
    const statements = this.#statements.filter((statement) => statement.isAbout(action, work))
    const isCertain = !work.exhausted
    if (isCertain && this.#byAction.size < MAX_REMEMBERED_ACTIONS) this.#byAction.set(action, statements)
    return statements
  }
}

function toQuestion(request: PolicyRequest, work: Work): Question {
  return { request, conditions: request.conditions, work }
}
