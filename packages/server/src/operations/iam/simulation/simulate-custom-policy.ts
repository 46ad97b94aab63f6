import { queryError } from '@keyhold/protocol'
import { queryOperation } from '../../define.ts'
import { readPage } from '../pages.ts'
import { anyUser, scenarioFault, scenarioOf, unsupported } from './scenario.ts'
import { simulateAll } from './simulate.ts'
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

  async run(call) {
    const { input, caller } = call
    const policies = simulatedList('PolicyInputList', input.PolicyInputList)
    const scenario = scenarioOf(input, { principal: anyUser(caller.principal.accountId), policies })
    const results = await readPage(call, ['SimulateCustomPolicy'], (after) => simulateAll(input, scenario, after))
    return { EvaluationResults: results.items, ...results.end }
  },
})
