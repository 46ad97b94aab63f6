import { ENUMERATIONS, OPERATIONS, STRUCTURES } from './iam.gen.ts'
import type { Inputs, ModelErrorCode, Outputs } from './iam.gen.ts'
import { deepFreeze } from './model.ts'
import type { QueryModel } from './query-model.ts'

/** The name of one of the operations of IAM that we serve. */
export type IamOperationName = keyof Inputs
/** What an operation of IAM takes, once decoded. */
export type IamInput<N extends IamOperationName> = Inputs[N]
/** What an operation of IAM returns; `undefined` where the model has no output. */
export type IamOutput<N extends IamOperationName> = Outputs[N]
export type IamInputs = Inputs
export type IamOutputs = Outputs

export const IAM: QueryModel<IamOperationName, ModelErrorCode> = /* @__PURE__ */ deepFreeze({
  signingName: 'iam',
  apiVersion: '2010-05-08',
  namespace: 'https://iam.amazonaws.com/doc/2010-05-08/',
  operations: OPERATIONS,
  structures: STRUCTURES,
  enumerations: ENUMERATIONS,
})
