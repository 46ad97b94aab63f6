import { saidOr } from '../../../domain/policy/request-facts.ts'
import type { KeyRecord } from '../../../domain/keys/record.ts'
import { STATE_RULES } from '../../../domain/keys/states.ts'
import { DAY_MS } from '../keys/new-key.ts'
import { operation } from '../../../execution/define.ts'
import { changeSchedule } from './change-schedule.ts'
import { requireSchedule } from './rotation-rules.ts'
import { managedKey } from '../targets.ts'

/** Source: AWS KMS API Reference, EnableKeyRotation: the default is a year. */
const USUAL_PERIOD_DAYS = 365

export const enableKeyRotation = operation<'EnableKeyRotation', 'key'>({
  name: 'EnableKeyRotation',
  summary: 'Enables automatic rotation of a KMS key. Older key material still decrypts what it encrypted.',
  readOnly: false,
  afterRollback: 'again',
  keys: {
    key: {
      ...managedKey<'EnableKeyRotation'>(STATE_RULES.rotation),
      conditions: ({ RotationPeriodInDays }) => ({
        'kms:rotationperiodindays': saidOr(RotationPeriodInDays, String(USUAL_PERIOD_DAYS)),
      }),
    },
  },
  crossAccount: 'no',
  grantable: false,
  rate: 15,
  audit: {
    request: ['KeyId', 'RotationPeriodInDays'],
    response: [],
    defaults: { RotationPeriodInDays: USUAL_PERIOD_DAYS },
  },

  async run(call) {
    const { input, keys, nowMs } = call
    requireSchedule(keys.key.value)
    await changeSchedule(call, schedule(keys.key.value, input.RotationPeriodInDays ?? USUAL_PERIOD_DAYS, nowMs))
  },
})

/**
 * Schedules the next rotation one period from now. A request that repeats the current setting must not delay the
 * rotation.
 */
function schedule({ rotation }: KeyRecord, periodDays: number, nowMs: number): KeyRecord['rotation'] {
  return rotation?.periodDays === periodDays ? rotation : { periodDays, nextMs: nowMs + periodDays * DAY_MS }
}
