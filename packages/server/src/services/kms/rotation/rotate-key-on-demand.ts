import { type ServiceError, serviceError } from '@keyhold/protocol'
import { keyArn } from '../../../domain/keys/arns.ts'
import { RESOURCE_QUOTAS } from '../../../domain/keys/quotas.ts'
import type { KeyRecord } from '../../../domain/keys/record.ts'
import { STATE_RULES } from '../../../domain/keys/states.ts'
import { rotatableFamily } from './rotatable.ts'
import { rotateKey, rotateToImported, rotationRecords } from './rotate.ts'
import { type Call, operation } from '../../../execution/define.ts'
import { wrongOrigin } from '../../../execution/require-usable.ts'
import { limitExceeded } from '../quota-rules.ts'
import { isNoReplica, rotates } from './rotation-rules.ts'
import { managedKey } from '../targets.ts'
import { answeredKey } from '../cryptography/used-key.ts'

type RotateCall = Call<'RotateKeyOnDemand', 'key'>

export const rotateKeyOnDemand = operation<'RotateKeyOnDemand', 'key'>({
  name: 'RotateKeyOnDemand',
  summary:
    'Rotates the key material of a KMS key immediately, or makes imported key material current that is pending rotation.',
  readOnly: false,
  afterRollback: { lost: 'Its material is not in the database, and nothing opens what was encrypted under that.' },
  keys: { key: managedKey(STATE_RULES.rotateOnDemand) },
  crossAccount: 'no',
  grantable: false,
  rate: 5,
  audit: { request: ['KeyId'], response: ['KeyId'] },

  async run(call) {
    const { keys, services, nowMs, alongside } = call
    const { value } = keys.key
    requireRotatable(value)
    const rotated = value.origin === 'EXTERNAL' ? await useImported(call) : await useFresh(call)
    const records = rotationRecords('ON_DEMAND', { from: value, to: rotated }, nowMs, services.random)
    for (const record of records) alongside(record)
    return answeredKey(keys.key)
  },
})

function requireRotatable(key: KeyRecord): void {
  const origin = key.origin === 'AWS_KMS' || key.origin === 'EXTERNAL' ? undefined : wrongOrigin(key)
  const fault = rotates(key) ?? origin ?? isNoReplica(key)
  if (fault) throw fault
  if ((key.onDemandRotations ?? 0) < RESOURCE_QUOTAS.onDemandRotationsPerKey) return
  throw limitExceeded(
    'The on-demand rotations limit has been reached for the given keyId. ' +
      `No more on-demand rotations can be performed for this key: ${keyArn(key)}`,
  )
}

function useFresh({ keys, services, changes, nowMs }: RotateCall): Promise<KeyRecord> {
  return rotateKey(keys.key, 'ON_DEMAND', nowMs, services, changes)
}

/** Rotates in every Region at once, so that all related keys use the same material. */
async function useImported({ keys: { key }, services, changes, nowMs }: RotateCall): Promise<KeyRecord> {
  const family = await rotatableFamily(key, nowMs, services)
  if (family === undefined) throw nothingPending(key.value)
  const [own, ...related] = family
  for (const each of related) rotateToImported(each, nowMs, changes)
  return rotateToImported(own, nowMs, changes)
}

function nothingPending(key: KeyRecord): ServiceError {
  const message = `No available key material pending rotation for the key: ${keyArn(key)}.`
  return serviceError('KMSInvalidStateException', message)
}
