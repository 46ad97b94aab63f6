import { type ServiceError, serviceError } from '@keyhold/protocol'
import type { KeyEntry } from '../../directory/directory.ts'
import { keyArn } from '../../keys/arns.ts'
import { isPendingRotation, isPresent } from '../../keys/imported.ts'
import { RESOURCE_QUOTAS } from '../../keys/quotas.ts'
import type { KeyRecord } from '../../keys/record.ts'
import { STATE_RULES } from '../../keys/states.ts'
import { materialsOf } from '../../lifecycle/material-rows.ts'
import { relatedKeys } from '../../lifecycle/related-keys.ts'
import { type Rotatable, rotateKey, rotateToImported, rotationRecords } from '../../lifecycle/rotate.ts'
import { type Call, operation } from '../define.ts'
import type { Services } from '../services.ts'
import { wrongOrigin } from '../wrong-origin.ts'
import { limitExceeded } from './quota-rules.ts'
import { isNoReplica, rotates } from './rotation-rules.ts'
import { managedKey } from './targets.ts'

type RotateCall = Call<'RotateKeyOnDemand', 'key'>

export const rotateKeyOnDemand = operation<'RotateKeyOnDemand', 'key'>({
  name: 'RotateKeyOnDemand',
  summary: 'Gives a KMS key fresh material now, or makes imported material current that waits for it.',
  readOnly: false,
  keys: { key: managedKey(STATE_RULES.rotateOnDemand) },
  grantable: false,
  audit: { request: ['KeyId'], response: ['KeyId'] },

  async run(call) {
    const { keys, services, nowMs, alongside } = call
    const { value } = keys.key
    requireRotatable(value)
    const rotated = value.origin === 'EXTERNAL' ? await useImported(call) : await useFresh(call)
    const records = rotationRecords('ON_DEMAND', { from: value, to: rotated }, nowMs, services.random)
    for (const record of records) alongside(record)
    return { KeyId: value.keyId }
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

/** In every Region at once, so that no related key uses other material than the rest. */
async function useImported({ keys: { key }, services, changes, nowMs }: RotateCall): Promise<KeyRecord> {
  const related = await relatedKeys(key.value, services)
  const [own, ...others] = await Promise.all([key, ...related].map((each) => rotatable(each, nowMs, services)))
  if (own === undefined || others.includes(undefined)) throw nothingPending(key.value)
  for (const other of others) if (other) await rotateToImported(other, nowMs, services.hierarchy, changes)
  return rotateToImported(own, nowMs, services.hierarchy, changes)
}

/** The key with the material that waits for its rotation, if that was imported into it. */
async function rotatable(key: KeyEntry, nowMs: number, services: Services): Promise<Rotatable | undefined> {
  const materials = await materialsOf(key.value, services)
  const pending = materials.find(
    ({ value }) => isPendingRotation(value) && value.imported && isPresent(value.imported, nowMs),
  )
  return pending && { key, materials, pending }
}

function nothingPending(key: KeyRecord): ServiceError {
  const message = `No available key material pending rotation for the key: ${keyArn(key)}.`
  return serviceError('KMSInvalidStateException', message)
}
