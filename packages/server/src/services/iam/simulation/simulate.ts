import { type Iam, queryError, type ServiceError } from '@keyhold/protocol'
import type { AccessRequest, Basis, Decision } from '../../../domain/policy/access.ts'
import { decide } from '../../../domain/policy/decide.ts'
import { policyRequest } from '../../../domain/policy/evidence.ts'
import type { ConditionValues } from '../../../domain/policy/language/contract.ts'
import { Work, WORK_LIMIT } from '../../../domain/policy/language/patterns/work.ts'
import { ownerNamed } from '../../../execution/authorizer/named-resource.ts'
import type { Actions } from '../../../domain/policy/action-rules.ts'
import type { Pace } from '../../../platform/pace.ts'
import type { Listed } from '../pages.ts'
import type { Scenario, ScenarioInput } from './scenario.ts'
import type { SimulatedPolicy } from './simulated-policy.ts'

/**
 * Decides each action on each resource, with the same decision as real requests. Other work can run between any two
 * pairs, because policies can be long and pairs many. Ends early if the client has disconnected.
 *
 * Throws PolicyEvaluation for a pair that exceeds the work limit of a decision.
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
      { action, resource, acrossAccounts: worksAcrossAccounts(action, operations) },
      scenario,
      ofPair,
    )
    work.spend(ofPair.spent)
    yield { id: String(pair), value }
    await pace.step()
    if (isGone()) return
  }
}

/** How a simulation runs. */
interface Course {
  /** The pair after which it starts. */
  after: string | undefined
  /** The work limit for all pairs of one request. */
  work: Work
  pace: Pace
  operations: Actions
  /** Whether the client has disconnected. */
  isGone(): boolean
}

/** A decision, and the same again for each of its trace and the search for missing keys. */
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
    grantable: false,
    resource: { arn, accountId, policy: resourcePolicy, hiddenAs: 'this resource' },
    grants: [],
    conditions: { get: (name) => context.get(name), isByDefault: () => false },
  }
}

/**
 * Returns whether policies can allow an action to other accounts. An action of KMS that no operation has is limited to the
 * account of the resource. Actions of other services are not limited.
 */
function worksAcrossAccounts(action: string, operations: Actions): boolean {
  return !/^kms:/i.test(action) || operations.rulesOf(action)?.acrossAccounts === true
}

/** The same values, with a record of each key that a condition or variable uses and the request lacks. */
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

/** Returns the missing keys that statements about this action and resource use, as written in the policies. */
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
