import { partitionOf, type ServiceError, serviceError } from '@keyhold/protocol'
import { isRegion } from '../../../identity/authentication/region.ts'
import type { KeyEntry } from '../../../identity/directory/directory.ts'
import type { Authentic } from '../../../vault/records/authentic.ts'
import { keyArn } from '../../../domain/keys/arns.ts'
import type { KeyRecord, MultiRegionKey } from '../../../domain/keys/record.ts'
import type { Services } from '../../../execution/services.ts'

/** Returns the key if it is a primary key. Throws UnsupportedOperationException for any other. */
export function requirePrimary(key: KeyEntry): Authentic<MultiRegionKey> {
  const fault = primaryFault(key.value)
  if (fault) throw fault
  return key as Authentic<MultiRegionKey>
}

/** The error for a key that is not a primary key, or `undefined`. */
export function primaryFault(key: KeyRecord): ServiceError | undefined {
  return key.multiRegion?.type === 'PRIMARY' ? undefined : notPrimary(key)
}

/** The error that a key is not a primary key. */
export function notPrimary(key: KeyRecord): ServiceError {
  return unsupported(`${keyArn(key)} is not a multi-region primary key.`)
}

/** Throws UnsupportedOperationException for a key that is not a replica. */
export function requireReplica({ value }: KeyEntry): void {
  if (value.multiRegion?.type !== 'REPLICA') throw unsupported(`${keyArn(value)} is not a multi-region replica key.`)
}

/** Returns the error for a Region in which the key cannot have a replica: multi-Region keys stay in their partition. */
export async function regionFault(
  { region }: Pick<KeyRecord, 'region'>,
  wanted: string,
  { acceptsRegion }: Pick<Services, 'acceptsRegion'>,
): Promise<ServiceError | undefined> {
  const exists = isRegion(wanted) && (await acceptsRegion(wanted, 'kms'))
  return exists && partitionOf(wanted) === partitionOf(region)
    ? undefined
    : serviceError('ValidationException', `${wanted} is not a Region in which ${region} can have replica keys.`)
}

/** The condition key of an action that a request in one Region performs in another. */
export function inRegion(region: string): { 'aws:requestedregion': string } {
  return { 'aws:requestedregion': region }
}

function unsupported(message: string): ServiceError {
  return serviceError('UnsupportedOperationException', message)
}
