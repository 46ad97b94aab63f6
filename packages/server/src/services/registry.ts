import { IAM_OPERATIONS } from './iam/operations.ts'
import { KEYHOLD_OPERATIONS } from './keyhold/operations.ts'
import { KMS_OPERATIONS } from './kms/operations.ts'
import { notYet } from './kms/not-yet.ts'
import { Operations } from '../execution/operations.ts'
import { STS_OPERATIONS } from './sts/operations.ts'

/** All operations of this server. */
export const OPERATIONS = new Operations({
  kms: [...KMS_OPERATIONS, ...notYet],
  iam: IAM_OPERATIONS,
  sts: STS_OPERATIONS,
  keyhold: KEYHOLD_OPERATIONS,
})
