import { type ServiceError, serviceError } from '@keyhold/protocol'
import { keyArn } from '../domain/keys/arns.ts'
import type { KeyRecord } from '../domain/keys/record.ts'

/** What is said where an operation is not for keys whose material came from there. */
export function wrongOrigin(key: KeyRecord): ServiceError {
  const message = `${keyArn(key)} origin is ${key.origin} which is not valid for this operation.`
  return serviceError('UnsupportedOperationException', message)
}
