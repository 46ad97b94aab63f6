import { queryError } from '@keyhold/protocol'
import { entityArn } from '../../../identity/accounts/entity-arns.ts'
import { queryOperation } from '../../../execution/define.ts'

export const createServiceLinkedRole = queryOperation<'iam', 'CreateServiceLinkedRole'>('iam', {
  name: 'CreateServiceLinkedRole',
  summary: 'Answers that there is no template for a role of this service: services here act without roles.',
  readOnly: false,
  audit: { request: ['AWSServiceName', 'Description', 'CustomSuffix'], response: [] },

  needs: ({ AWSServiceName }, { caller }) => [
    {
      action: 'iam:CreateServiceLinkedRole',
      resource: entityArn('role', caller.principal.accountId, `/aws-service-role/${AWSServiceName}/`, '*'),
      conditions: { 'iam:awsservicename': AWSServiceName },
    },
  ],

  // AWS's answer for a service that defines no such role.
  async run({ input }) {
    throw queryError('AccessDenied', `Cannot find Service Linked Role template for ${input.AWSServiceName}`)
  },
})
