import { type Iam, queryError, type ServiceError } from '@keyhold/protocol'
import type { AccessRequest, Basis, Decision } from '../../../domain/policy/access.ts'
import { decide } from '../../../domain/policy/decide.ts'
import { policyRequest } from '../../../domain/policy/evidence.ts'
import type { ConditionValues } from '../../../domain/policy/language/contract.ts'
import { Work, WORK_LIMIT } from '../../../domain/policy/language/patterns/work.ts'
import { ownerNamed } from '../../../execution/named-resource.ts'
import type { Services } from '../../../execution/services.ts'
import type { Pace } from '../../../platform/pace.ts'
import type { Listed } from '../pages.ts'
import type { Scenario, ScenarioInput } from './scenario.ts'
import type { SimulatedPolicy } from './simulated-policy.ts'

/**
 * What becomes of each action on each resource, by the same decision as everything else. Others get their turn between
 * any two, as policies may be long and pairs many. Ends when the client has gone, as its page is for nobody then.
 *
 * Throws PolicyEvaluation for a pair that is more work than one decision may be.
 */
export async function* simulateAll(
  { ActionNames, ResourceArns = ['*'] }: ScenarioInput,
  scenario: Scenario,
  { after, work, pace, operations, isGone }: Course,
): AsyncGenerator<Listed<Iam.EvaluationResult>> {
  const first = after === undefined ? 0 : Number(after) + 1
  for (let pair = first; pair < ActionNames.length * ResourceArns.length; pair++) {
    const action = ActionNames[Math.floor(pair / ResourceArns.length)]!
    const resource = ResourceArns[pair % ResourceArns.length]!
    const ofPair = new Work(PAIR_WORK)
    const value = simulate(
      { action, resource, acrossAccounts: operations.actionWorksAcrossAccounts(action) },
      scenario,
      ofPair,
    )
    work.spend(ofPair.spent)
    yield { id: String(pair), value }
    await pace.step()
    if (isGone()) return
  }
}

/** How a simulation goes on. */
interface Course {
  /** The pair behind which it begins. */
  after: string | undefined
  /** What all pairs of one request take. */
  work: Work
  pace: Pace
  operations: Services['operations']
  /** Whether the client has gone. */
  isGone(): boolean
}

/** A decision, and as much again for each trace of it and for what is missing. */
const PAIR_WORK = 3 * WORK_LIMIT

interface Pair {
  action: string
  resource: string
  acrossAccounts: boolean
}

function simulate(pair: Pair, scenario: Scenario, work: Work): Iam.EvaluationResult {
  const { action, resource } = pair
  const request = accessRequest(pair, scenario)
  const missing = new Map<string, string>()
  const ofDecision = new Work()
  const decision = decide({ ...request, conditions: noting(request.conditions, missing) }, ofDecision)
  if (!work.spend(ofDecision.spent) || ofDecision.exhausted) throw tooComplex(action, resource)
  for (const key of missingKeys(request, scenario, work)) missing.set(key.toLowerCase(), key)
  const { boundary } = scenario
  const withinBoundary = boundary && isAllowedBy(boundary, request, work)
  for (const key of missing.keys()) work.spend(key.length)
  if (work.exhausted) throw tooComplex(action, resource)
  return {
    EvalActionName: action,
    EvalResourceName: resource,
    EvalDecision: evaluated(decision),
    MatchedStatements: decision.basis.flatMap((basis) => matched(basis, scenario)),
    MissingContextValues: [...missing.values()].toSorted(),
    ...(withinBoundary !== undefined && {
      PermissionsBoundaryDecisionDetail: { AllowedByPermissionsBoundary: withinBoundary },
    }),
  }
}

function accessRequest({ action, resource: arn, acrossAccounts }: Pair, scenario: Scenario): AccessRequest {
  const { principal, policies, boundary, resourcePolicy = 'none', ownerAccountId, ownsAll, context } = scenario
  const accountId = (ownsAll ? undefined : ownerNamed(arn)) ?? ownerAccountId
  return {
    principal,
    identity: { policies, ...(boundary && { boundary }) },
    action,
    acrossAccounts,
    resource: { arn, accountId, policy: resourcePolicy, hiddenAs: 'this resource' },
    grants: [],
    conditions: { get: (name) => context.get(name), isByDefault: () => false },
  }
}

/** The same values, with a note of each that is asked for in vain, by whichever condition or variable. */
function noting(conditions: ConditionValues, missing: Map<string, string>): ConditionValues {
  return {
    get(name) {
      const values = conditions.get(name)
      if (values === undefined) missing.set(name, name)
      return values
    },
    isByDefault: (name) => conditions.isByDefault(name),
  }
}

function evaluated({ allowed, reason }: Decision): Iam.PolicyEvaluationDecisionType {
  if (allowed) return 'allowed'
  return reason.startsWith('denied-by-') ? 'explicitDeny' : 'implicitDeny'
}

function matched(basis: Basis, scenario: Scenario): Iam.Statement[] {
  const policy = basis.layer === 'grant' ? undefined : allPolicies(scenario).find(({ name }) => name === basis.policy)
  if (basis.layer === 'grant' || policy === undefined) return []
  const { name: SourcePolicyId, type: SourcePolicyType, positionOf } = policy
  return [{ SourcePolicyId, SourcePolicyType, ...positionOf(basis.statement.index) }]
}

/** The keys that statements about this action and resource ask for and do not get, as the documents spell them. */
function missingKeys(request: AccessRequest, scenario: Scenario, work: Work): string[] {
  const asked = policyRequest(request)
  const traces = allPolicies(scenario).flatMap(({ policy }) => policy.trace(asked, work))
  const relevant = traces.filter(({ action, resource, principal }) => action && resource && principal !== false)
  return relevant.flatMap(({ conditions }) =>
    conditions.filter(({ key, found }) => key !== '' && found === undefined).map(({ key }) => key),
  )
}

function isAllowedBy({ policy }: SimulatedPolicy, request: AccessRequest, work: Work): boolean {
  const { deny, allow } = policy.evaluate(policyRequest(request), work)
  return deny === undefined && allow.principal !== undefined
}

/** IAM API Reference, SimulateCustomPolicy, Errors: PolicyEvaluation. */
function tooComplex(action: string, resource: string): ServiceError {
  return queryError(
    'PolicyEvaluation',
    `The policies are too complex to be evaluated for ${action} on ${resource.slice(0, 256)}.`,
  )
}

function allPolicies({ policies, boundary, resourcePolicy }: Scenario): SimulatedPolicy[] {
  return [...policies, ...(boundary ? [boundary] : []), ...(resourcePolicy ? [resourcePolicy] : [])]
}
