import { partitionOf } from '@keyhold/protocol'
import type { AwsManagedKey } from '../keys/aws-managed.ts'

const USE = [
  'kms:Encrypt',
  'kms:Decrypt',
  'kms:ReEncrypt*',
  'kms:GenerateDataKey*',
  'kms:CreateGrant',
  'kms:DescribeKey',
]
const LOOK = ['kms:Describe*', 'kms:Get*', 'kms:List*']

/**
 * Returns the key policy of an AWS managed key. All principals of the account can use the key, but only through its
 * service, and can view it. The policy allows no changes, and is the same before and after the key is created. Source: AWS KMS Developer Guide, "AWS managed keys".
 */
export function policyOfAwsManagedKey({ service, accountId, region }: AwsManagedKey): string {
  const partition = partitionOf(region)
  const document = {
    Version: '2012-10-17',
    Id: `auto-${service}-1`,
    Statement: [
      {
        Sid: `Allow use through ${service} for everybody in the account who may use ${service}`,
        Effect: 'Allow',
        Principal: { AWS: '*' },
        Action: USE,
        Resource: '*',
        Condition: {
          StringEquals: {
            'kms:CallerAccount': accountId,
            'kms:ViaService': `${service}.${region}.amazonaws.com`,
          },
        },
      },
      {
        Sid: 'Allow the account to look at the key',
        Effect: 'Allow',
        Principal: { AWS: `arn:${partition}:iam::${accountId}:root` },
        Action: LOOK,
        Resource: '*',
      },
    ],
  }
  return JSON.stringify(document, undefined, 2)
}
