import { queryError } from '@keyhold/protocol'
import { queryOperation } from '../../../execution/define.ts'
import { anyUser, scenarioFault, scenarioOf, unsupported } from './scenario.ts'
import { simulatedPage } from './simulated-page.ts'
import { simulatedList } from './simulated-policy.ts'

export const simulateCustomPolicy = queryOperation<'iam', 'SimulateCustomPolicy'>('iam', {
  name: 'SimulateCustomPolicy',
  summary: 'Says what policies would allow that nobody has.',
  readOnly: true,
  audit: { request: ['ActionNames', 'ResourceArns', 'CallerArn', 'ResourceOwner', 'MaxItems', 'Marker'], response: [] },
  needs: () => [{ action: 'iam:SimulateCustomPolicy', resource: '*' }],

  check(input) {
    if (input.OrderedOrganizationPolicyInputList !== undefined) return unsupported('OrderedOrganizationPolicyInputList')
    return input.ResourcePolicy !== undefined && input.CallerArn === undefined
      ? queryError('InvalidInput', 'With a ResourcePolicy, CallerArn must say whom it is to be asked about.')
      : scenarioFault(input)
  },

  run: (call) =>
    simulatedPage(call, ['SimulateCustomPolicy'], async ({ input, caller }) => {
      const policies = simulatedList('PolicyInputList', input.PolicyInputList)
      return scenarioOf(input, { principal: anyUser(caller.principal.accountId), policies })
    }),
})
