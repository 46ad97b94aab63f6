import { isComplete } from '../../keys/imported.ts'
import type { KeyRecord } from '../../keys/record.ts'
import { STATE_RULES } from '../../keys/states.ts'
import { materialsOf } from '../../lifecycle/imported-material.ts'
import { type Call, operation } from '../define.ts'
import { changeKey } from './change-key.ts'
import { managedKey } from './targets.ts'
import { answeredKey } from './used-key.ts'

export const cancelKeyDeletion = operation<'CancelKeyDeletion', 'key'>({
  name: 'CancelKeyDeletion',
  summary: 'Takes back a scheduled deletion. The key stays disabled until it is enabled.',
  readOnly: false,
  keys: { key: managedKey(STATE_RULES.cancelDeletion) },
  grantable: false,
  audit: { request: ['KeyId'], response: ['KeyId'] },

  async run(call) {
    await changeKey(call, { state: await stateAfterwards(call), deletionMs: undefined })
    return answeredKey(call.keys.key)
  },
})

/** A key that lacks imported material waits for that first. */
async function stateAfterwards({
  keys: { key },
  services,
  nowMs,
}: Call<'CancelKeyDeletion', 'key'>): Promise<KeyRecord['state']> {
  if (key.value.origin !== 'EXTERNAL') return 'Disabled'
  const materials = await materialsOf(key.value, services)
  const complete = isComplete(
    key.value,
    materials.map(({ value }) => value),
    nowMs,
  )
  return complete ? 'Disabled' : 'PendingImport'
}
