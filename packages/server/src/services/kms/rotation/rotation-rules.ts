import { type ServiceError, serviceError } from '@keyhold/protocol'
import type { KeyRecord } from '../../../domain/keys/record.ts'
import { keySpec } from '../../../domain/keys/specs.ts'
import { wrongOrigin } from '../../../execution/wrong-origin.ts'
import { notPrimary } from '../multi-region/multi-region-rules.ts'

/** AWS gives no reason where keys of this kind never rotate. */
export function rotates(key: KeyRecord): ServiceError | undefined {
  return keySpec(key.spec).rotation ? undefined : serviceError('UnsupportedOperationException')
}

/** Material from elsewhere cannot be made anew here, so that there is no schedule for it. */
export function madeHere(key: KeyRecord): ServiceError | undefined {
  return key.origin === 'AWS_KMS' ? undefined : wrongOrigin(key)
}

/** Replicas rotate with their primary, and learn from it what new material there is. */
export function isNoReplica(key: KeyRecord): ServiceError | undefined {
  return key.multiRegion?.type === 'REPLICA' ? notPrimary(key) : undefined
}

/** Throws where the schedule of a key cannot be set. */
export function requireSchedule(key: KeyRecord): void {
  const fault = madeHere(key) ?? rotates(key) ?? isNoReplica(key)
  if (fault) throw fault
}
