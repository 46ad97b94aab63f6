import { queryError } from '@keyhold/protocol'
import { entityArn } from '../../../identity/accounts/entity-arns.ts'
import { queryOperation } from '../../../execution/define.ts'

export const createServiceLinkedRole = queryOperation<'iam', 'CreateServiceLinkedRole'>('iam', {
  name: 'CreateServiceLinkedRole',
  summary:
    'Returns an error: services act without roles on this server, so no template for a service-linked role exists.',
  readOnly: false,
  afterRollback: { lost: 'It changes nothing.' },
  audit: { request: ['AWSServiceName', 'Description', 'CustomSuffix'], response: [] },

  needs: ({ AWSServiceName }, { caller }) => [
    {
      action: 'iam:CreateServiceLinkedRole',
      resource: entityArn('role', {
        accountId: caller.principal.accountId,
        path: `/aws-service-role/${AWSServiceName}/`,
        name: '*',
      }),
      conditions: { 'iam:awsservicename': AWSServiceName },
    },
  ],

  // AWS's error for a service that defines no such role.
  async run({ input }) {
    throw queryError('AccessDenied', `Cannot find Service Linked Role template for ${input.AWSServiceName}`)
  },
})
