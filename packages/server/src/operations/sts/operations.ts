import type { AnyOperation } from '../define.ts'
import { getCallerIdentity } from './get-caller-identity.ts'

/** Every operation of STS that the model has. */
export const STS_OPERATIONS: readonly AnyOperation[] = [getCallerIdentity]
