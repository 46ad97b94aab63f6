import { type ServiceError, serviceError } from '@keyhold/protocol'
import { keyArn } from '../../keys/arns.ts'
import type { KeyRecord } from '../../keys/record.ts'
import { keySpec } from '../../keys/specs.ts'
import { wrongOrigin } from '../wrong-origin.ts'

/** AWS gives no reason where keys of this kind never rotate. */
export function rotates(key: KeyRecord): ServiceError | undefined {
  return keySpec(key.spec).rotation ? undefined : serviceError('UnsupportedOperationException')
}

/** Material from elsewhere cannot be made anew here, so that there is no schedule for it. */
export function madeHere(key: KeyRecord): ServiceError | undefined {
  return key.origin === 'AWS_KMS' ? undefined : wrongOrigin(key)
}

/** Replicas rotate with their primary. */
export function isNoReplica(key: KeyRecord): ServiceError | undefined {
  return key.multiRegion?.type === 'REPLICA'
    ? serviceError('UnsupportedOperationException', `${keyArn(key)} is not a multi-region primary key.`)
    : undefined
}

/** Throws where the schedule of a key cannot be set. */
export function requireSchedule(key: KeyRecord): void {
  const fault = madeHere(key) ?? rotates(key) ?? isNoReplica(key)
  if (fault) throw fault
}
