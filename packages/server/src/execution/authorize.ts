import type { Authorizer } from './authorizer/authorizer.ts'
import { type Decided, requireAllowed } from './authorizer/decided.ts'
import { authorizerFor, decide } from './decide-request.ts'
import { recordDecision } from './draft.ts'
import type { Candidate, FoundKeys } from './find.ts'
import type { Services } from './services.ts'
import { sessionFault } from './session-fault.ts'
import { admitByKey } from './throttle/admission.ts'

const AUTHORIZED = Symbol('authorized')

/** A request that its caller may make. Whether its keys are there and usable is not known yet. Made by {@link authorize} alone. */
export interface Authorized {
  readonly [AUTHORIZED]: true
  readonly found: FoundKeys
  /** It remembers what was decided, and by what. */
  readonly authorizer: Authorizer
}

/**
 * Decides whether the caller may do all that the request needs, and records the decision. The rate of an operation whose
 * key tells it is asked before a denial is told.
 *
 * @throws ServiceError for credentials that the operation cannot be called with, a request above its rate, and the first
 * denial.
 */
export async function authorize(found: FoundKeys, services: Services): Promise<Authorized> {
  const { operation, request, draft } = found.asked
  const unsuitable = sessionFault(operation, request.caller)
  if (unsuitable) throw unsuitable
  const authorizer = authorizerFor(found, services)
  const decided = await decide(found, authorizer, services)
  recordDecision(draft, decided, {
    requestAliases: aliasesIn(found.keys),
    webIdentity: request.caller.webIdentity,
  })
  await admitByKey(rated(found, decided), services)
  for (const each of decided) requireAllowed(each)
  return { [AUTHORIZED]: true, found, authorizer }
}

/** Returns the aliases by which a request about several keys names them. */
function aliasesIn(keys: readonly Candidate[]): Record<string, string> | undefined {
  if (keys.length < 2) return undefined
  const named = keys.flatMap(({ name, found: { requestAlias } }) =>
    requestAlias === undefined ? [] : [[name, requestAlias]],
  )
  return named.length === 0 ? undefined : (Object.fromEntries(named) as Record<string, string>)
}

function rated({ asked, keys }: FoundKeys, decided: readonly Decided[]): Parameters<typeof admitByKey>[0] {
  const { operation, input, request } = asked
  const allowed = decided.every(({ decision }) => decision.allowed)
  return { operation, input, request, allowed, found: keys.map(({ found }) => found) }
}
