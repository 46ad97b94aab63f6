import type { ServiceError } from '@keyhold/protocol'
import type { PolicyPrincipal } from '../../../domain/policy/language/contract.ts'
import { type PolicyText, policyTexts } from '../../../identity/directory/permissions.ts'
import { rolePrincipal, userPrincipal } from '../../../identity/accounts/principals.ts'
import type { Pace } from '../../../platform/pace.ts'
import { queryOperation } from '../../../execution/define.ts'
import type { Context } from '../entities.ts'
import { type PolicySource, sourceFault, sourceOf, tagsOfSource } from './policy-source.ts'
import { type Actor, anyUser, scenarioFault, scenarioOf, unsupported } from './scenario.ts'
import { simulatedPage } from './simulated-page.ts'
import { type SimulatedPolicy, simulatedList, simulatedPolicy } from './simulated-policy.ts'

export const simulatePrincipalPolicy = queryOperation<'iam', 'SimulatePrincipalPolicy'>('iam', {
  name: 'SimulatePrincipalPolicy',
  summary: 'Simulates which actions the policies of a user, group or role allow, together with additional policies.',
  readOnly: true,
  rate: 'iam-simulate',
  audit: {
    request: ['PolicySourceArn', 'ActionNames', 'ResourceArns', 'CallerArn', 'ResourceOwner', 'MaxItems', 'Marker'],
    response: [],
  },
  needs: async ({ PolicySourceArn }, context) => [
    {
      action: 'iam:SimulatePrincipalPolicy',
      resource: PolicySourceArn,
      tags: await tagsOfSource(PolicySourceArn, context),
    },
  ],

  check: (input) => sourceFault(input.PolicySourceArn) ?? exclusionFault(input) ?? scenarioFault(input),

  run: (call) =>
    simulatedPage(call, ['SimulatePrincipalPolicy', call.input.PolicySourceArn], async ({ input }, pace) => {
      const actor = await actorOf(input.PolicySourceArn, call, pace)
      const added = simulatedList('PolicyInputList', input.PolicyInputList ?? [])
      return scenarioOf(input, { ...actor, policies: [...actor.policies, ...added] })
    }),
})

/**
 * Returns the principal of a source with all of its policies. A group is not a principal: a simulated user of the
 * account takes its place.
 */
async function actorOf(arn: string, context: Context, pace: Pace): Promise<Actor> {
  const record = await sourceOf(arn, context)
  const { policies, boundary } = await policyTexts(record, context.services.directory.policySource)
  const compiled: SimulatedPolicy[] = []
  for (const policy of policies) {
    compiled.push(simulated(policy))
    await pace.step()
  }
  return {
    principal: principalOf(record),
    policies: compiled,
    ...(boundary && { boundary: simulated(boundary) }),
  }
}

function principalOf(record: PolicySource): PolicyPrincipal {
  if (!('type' in record)) return anyUser(record.accountId)
  return record.type === 'Role' ? rolePrincipal(record, 'simulation').principal : userPrincipal(record).principal
}

function simulated({ name, text, of: type }: PolicyText): SimulatedPolicy {
  return simulatedPolicy(name, text, { kind: 'identity', type })
}

function exclusionFault({
  PolicyExclusionList,
}: {
  PolicyExclusionList?: readonly object[]
}): ServiceError | undefined {
  return PolicyExclusionList === undefined ? undefined : unsupported('PolicyExclusionList')
}
