import { ENUMERATIONS, OPERATIONS, STRUCTURES } from './sts.gen.ts'
import type { Inputs, ModelErrorCode, Outputs } from './sts.gen.ts'
import { deepFreeze } from './model.ts'
import type { QueryModel } from './query-model.ts'

/** The name of one of the operations of STS that we serve. */
export type StsOperationName = keyof Inputs
/** What an operation of STS takes, once decoded. */
export type StsInput<N extends StsOperationName> = Inputs[N]
/** What an operation of STS returns; `undefined` where the model has no output. */
export type StsOutput<N extends StsOperationName> = Outputs[N]
export type StsInputs = Inputs
export type StsOutputs = Outputs

export const STS: QueryModel<StsOperationName, ModelErrorCode> = /* @__PURE__ */ deepFreeze({
  signingName: 'sts',
  apiVersion: '2011-06-15',
  namespace: 'https://sts.amazonaws.com/doc/2011-06-15/',
  operations: OPERATIONS,
  structures: STRUCTURES,
  enumerations: ENUMERATIONS,
})
