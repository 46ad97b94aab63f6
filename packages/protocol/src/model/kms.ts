import type { AwsJsonModel } from './aws-json-model.ts'
import { ENUMERATIONS, OPERATIONS, STRUCTURES } from './kms.gen.ts'
import type { Inputs, ModelErrorCode, Outputs } from './kms.gen.ts'
import { deepFreeze } from './model.ts'

/** The name of one of KMS's operations. */
export type OperationName = keyof Inputs
/** What an operation takes, once decoded. Nothing is checked beyond types until it has been validated. */
export type Input<N extends OperationName> = Inputs[N]
/** What an operation returns; `undefined` where the model has no output. */
export type Output<N extends OperationName> = Outputs[N]

export const KMS: AwsJsonModel<OperationName, ModelErrorCode> = /* @__PURE__ */ deepFreeze({
  targetPrefix: 'TrentService',
  signingName: 'kms',
  apiVersion: '2014-11-01',
  operations: OPERATIONS,
  structures: STRUCTURES,
  enumerations: ENUMERATIONS,
})
