import { type ServiceError, serviceError } from '@keyhold/protocol'
import type { KeyRecord } from '../../../domain/keys/record.ts'
import { keySpec } from '../../../domain/keys/specs.ts'
import { wrongOrigin } from '../../../execution/require-usable.ts'
import { notPrimary } from '../multi-region/multi-region-rules.ts'

/** The error for keys of a type that never rotates. AWS gives no message. */
export function rotates(key: KeyRecord): ServiceError | undefined {
  return keySpec(key.spec).rotation ? undefined : serviceError('UnsupportedOperationException')
}

/** The error for imported material, which the service cannot generate: it has no automatic rotation. */
export function madeHere(key: KeyRecord): ServiceError | undefined {
  return key.origin === 'AWS_KMS' ? undefined : wrongOrigin(key)
}

/** The error for replicas: they rotate with their primary and get new material from it. */
export function isNoReplica(key: KeyRecord): ServiceError | undefined {
  return key.multiRegion?.type === 'REPLICA' ? notPrimary(key) : undefined
}

/**
 * Throws if the key cannot have a rotation schedule. The length of a period, 90 to 2560 days, is checked with the input:
 * `RotationPeriodInDays` among the constraints in the protocol package.
 */
export function requireSchedule(key: KeyRecord): void {
  const fault = madeHere(key) ?? rotates(key) ?? isNoReplica(key)
  if (fault) throw fault
}
