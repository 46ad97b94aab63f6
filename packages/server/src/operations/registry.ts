import type { ServiceName } from '@keyhold/protocol'
import type { AnyOperation } from './define.ts'
import { KMS_OPERATIONS } from './kms/operations.ts'
import { notYet } from './not-yet.ts'
import { IAM_OPERATIONS } from './iam/operations.ts'
import { KEYHOLD_OPERATIONS } from './keyhold/operations.ts'
import { STS_OPERATIONS } from './sts/operations.ts'

const OPERATIONS_OF: Readonly<Record<ServiceName, ReadonlyMap<string, AnyOperation>>> = {
  kms: byName([...KMS_OPERATIONS, ...notYet]),
  iam: byName(IAM_OPERATIONS),
  sts: byName(STS_OPERATIONS),
  keyhold: byName(KEYHOLD_OPERATIONS),
}

/** Every operation of a service, those that are refused included. */
export function operationsOf(service: ServiceName): ReadonlyMap<string, AnyOperation> {
  return OPERATIONS_OF[service]
}

/** One of the operations that the model has; a test holds that there is one for each. */
export function findOperation(service: ServiceName, name: string): AnyOperation {
  const operation = OPERATIONS_OF[service].get(name)
  if (operation === undefined) throw new Error(`the operation ${service}:${name} is in the model but not declared`)
  return operation
}

function byName(operations: readonly AnyOperation[]): ReadonlyMap<string, AnyOperation> {
  return new Map(operations.map((operation) => [operation.name, operation]))
}
