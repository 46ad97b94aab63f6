import { serviceError } from '@keyhold/protocol'
import { keyArn } from '../../keys/arns.ts'
import { isPendingRotation, isPresent } from '../../keys/imported.ts'
import type { KeyRecord } from '../../keys/record.ts'
import { STATE_RULES } from '../../keys/states.ts'
import { type MaterialEntry, materialsOf } from '../../lifecycle/imported-material.ts'
import { rotateKey, rotateToImported, rotationRecord } from '../../lifecycle/rotate.ts'
import { type Call, operation } from '../define.ts'
import { wrongOrigin } from '../wrong-origin.ts'
import { isNoReplica, rotates } from './rotation-rules.ts'
import { managedKey } from './targets.ts'

type RotateCall = Call<'RotateKeyOnDemand', 'key'>

/** Source: AWS KMS Developer Guide, "Resource quotas". */
const MAX_ROTATIONS = 25

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
    alongside(rotationRecord('ON_DEMAND', { from: value, to: rotated }, nowMs, services.random))
    return { KeyId: value.keyId }
  },
})

function requireRotatable(key: KeyRecord): void {
  const origin = key.origin === 'AWS_KMS' || key.origin === 'EXTERNAL' ? undefined : wrongOrigin(key)
  const fault = rotates(key) ?? origin ?? isNoReplica(key)
  if (fault) throw fault
  if ((key.onDemandRotations ?? 0) < MAX_ROTATIONS) return
  throw serviceError(
    'LimitExceededException',
    'The on-demand rotations limit has been reached for the given keyId. ' +
      `No more on-demand rotations can be performed for this key: ${keyArn(key)}`,
  )
}

function useFresh({ keys, services, changes, nowMs }: RotateCall): Promise<KeyRecord> {
  return rotateKey(keys.key, 'ON_DEMAND', nowMs, services, changes)
}

async function useImported(call: RotateCall): Promise<KeyRecord> {
  const { keys, services, changes, nowMs } = call
  return rotateToImported(keys.key, await pendingMaterial(call), nowMs, services.hierarchy, changes)
}

async function pendingMaterial({ keys, services, nowMs }: RotateCall): Promise<MaterialEntry> {
  const materials = await materialsOf(keys.key.value, services)
  const pending = materials.find(
    ({ value }) => isPendingRotation(value) && value.imported && isPresent(value.imported, nowMs),
  )
  if (pending) return pending
  const message = `No available key material pending rotation for the key: ${keyArn(keys.key.value)}.`
  throw serviceError('KMSInvalidStateException', message)
}
