import { queryOperation } from '../../../execution/define.ts'
import { arnFault, counted, requirePolicy } from './managed-policies.ts'
import { needsOnPolicy } from '../needed.ts'
import { wholePolicy } from '../views.ts'

export const getPolicy = queryOperation<'iam', 'GetPolicy'>('iam', {
  name: 'GetPolicy',
  summary: 'Returns a managed policy without its documents.',
  readOnly: true,
  audit: { request: ['PolicyArn'], response: [] },
  check: arnFault,
  needs: needsOnPolicy('GetPolicy'),

  async run(call) {
    const policy = await requirePolicy(call.input.PolicyArn, call)
    return { Policy: wholePolicy(await counted(policy, call)) }
  },
})
