import type { AnyOperation } from '../define.ts'

/** Every operation of IAM that the model has. */
export const IAM_OPERATIONS: readonly AnyOperation[] = []
