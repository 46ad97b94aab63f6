import { setImmediate } from 'node:timers/promises'
import type { Iam } from '@keyhold/protocol'
import type { AccessRequest, Basis, Decision } from '../../../authorization/access.ts'
import { decide } from '../../../authorization/decide.ts'
import { policyRequest } from '../../../authorization/evidence.ts'
import type { ConditionValues } from '../../../authorization/policy/contract.ts'
import { actionWorksAcrossAccounts } from '../../cross-account.ts'
import type { Listed } from '../pages.ts'
import type { Scenario, ScenarioInput } from './scenario.ts'
import type { SimulatedPolicy } from './simulated-policy.ts'
import { statementPosition } from './statement-positions.ts'

/**
 * What becomes of each action on each resource, by the same decision as everything else. Others get their turn between
 * any two, as policies may be long and pairs many.
 */
export async function* simulateAll(
  { ActionNames, ResourceArns = ['*'] }: ScenarioInput,
  scenario: Scenario,
  after: string | undefined,
): AsyncGenerator<Listed<Iam.EvaluationResult>> {
  const first = after === undefined ? 0 : Number(after) + 1
  for (let pair = first; pair < ActionNames.length * ResourceArns.length; pair++) {
    const action = ActionNames[Math.floor(pair / ResourceArns.length)]!
    const resource = ResourceArns[pair % ResourceArns.length]!
    yield { id: String(pair), value: simulate(action, resource, scenario) }
    await setImmediate()
  }
}

function simulate(action: string, resource: string, scenario: Scenario): Iam.EvaluationResult {
  const request = accessRequest(action, resource, scenario)
  const missing = new Map<string, string>()
  const decision = decide({ ...request, conditions: noting(request.conditions, missing) })
  for (const key of missingKeys(request, scenario)) missing.set(key.toLowerCase(), key)
  const { boundary } = scenario
  return {
    EvalActionName: action,
    EvalResourceName: resource,
    EvalDecision: evaluated(decision),
    MatchedStatements: decision.basis.flatMap((basis) => matched(basis, scenario)),
    MissingContextValues: [...missing.values()].toSorted(),
    ...(boundary && {
      PermissionsBoundaryDecisionDetail: { AllowedByPermissionsBoundary: isAllowedBy(boundary, request) },
    }),
  }
}

function accessRequest(action: string, arn: string, scenario: Scenario): AccessRequest {
  const { principal, policies, boundary, resourcePolicy = 'none', ownerAccountId, ownsAll, context } = scenario
  const accountId = (ownsAll ? undefined : arn.split(':')[4]) || ownerAccountId
  return {
    principal,
    identity: { policies, ...(boundary && { boundary }) },
    action,
    acrossAccounts: actionWorksAcrossAccounts(action),
    resource: { arn, accountId, policy: resourcePolicy, hiddenAs: 'this resource' },
    grants: [],
    conditions: { get: (name) => context.get(name) },
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
  }
}

function evaluated({ allowed, reason }: Decision): Iam.PolicyEvaluationDecisionType {
  if (allowed) return 'allowed'
  return reason.startsWith('denied-by-') ? 'explicitDeny' : 'implicitDeny'
}

function matched(basis: Basis, scenario: Scenario): Iam.Statement[] {
  const policy = basis.layer === 'grant' ? undefined : allPolicies(scenario).find(({ name }) => name === basis.policy)
  if (basis.layer === 'grant' || policy === undefined) return []
  const { name: SourcePolicyId, type: SourcePolicyType, text } = policy
  return [{ SourcePolicyId, SourcePolicyType, ...statementPosition(text, basis.statement.index) }]
}

/** The keys that statements about this action and resource ask for and do not get, as the documents spell them. */
function missingKeys(request: AccessRequest, scenario: Scenario): string[] {
  const asked = policyRequest(request)
  const traces = allPolicies(scenario).flatMap(({ policy }) => policy.trace(asked))
  const relevant = traces.filter(({ action, resource, principal }) => action && resource && principal !== false)
  return relevant.flatMap(({ conditions }) =>
    conditions.filter(({ found }) => found === undefined).map(({ key }) => key),
  )
}

function isAllowedBy({ policy }: SimulatedPolicy, request: AccessRequest): boolean {
  const { deny, allow } = policy.evaluate(policyRequest(request))
  return deny === undefined && allow.principal !== undefined
}

function allPolicies({ policies, boundary, resourcePolicy }: Scenario): SimulatedPolicy[] {
  return [...policies, ...(boundary ? [boundary] : []), ...(resourcePolicy ? [resourcePolicy] : [])]
}
