import { queryError } from '@keyhold/protocol'
import { queryOperation } from '../../../execution/define.ts'
import { anyUser, scenarioFault, scenarioOf, unsupported } from './scenario.ts'
import { simulatedPage } from './simulated-page.ts'
import { simulatedList } from './simulated-policy.ts'

export const simulateCustomPolicy = queryOperation<'iam', 'SimulateCustomPolicy'>('iam', {
  name: 'SimulateCustomPolicy',
  summary: 'Simulates which actions a set of policies allows, without attaching them to an entity.',
  readOnly: true,
  rate: 'iam-simulate',
  audit: { request: ['ActionNames', 'ResourceArns', 'CallerArn', 'ResourceOwner', 'MaxItems', 'Marker'], response: [] },
  needs: () => [{ action: 'iam:SimulateCustomPolicy', resource: '*' }],

  check(input) {
    if (input.OrderedOrganizationPolicyInputList !== undefined) return unsupported('OrderedOrganizationPolicyInputList')
    return input.ResourcePolicy !== undefined && input.CallerArn === undefined
      ? queryError('InvalidInput', 'A request with a ResourcePolicy needs a CallerArn.')
      : scenarioFault(input)
  },

  run: (call) =>
    simulatedPage(call, ['SimulateCustomPolicy'], async ({ input, caller }) => {
      const policies = simulatedList('PolicyInputList', input.PolicyInputList)
      return scenarioOf(input, { principal: anyUser(caller.principal.accountId), policies })
    }),
})
