import { STATE_RULES } from '../../../domain/keys/states.ts'
import { operation } from '../../../execution/define.ts'
import { managedKey } from '../targets.ts'

export const getKeyLastUsage = operation<'GetKeyLastUsage', 'key'>({
  name: 'GetKeyLastUsage',
  summary:
    'Returns when a KMS key was last used, and for which operation. Uses on other server processes can appear a minute later.',
  readOnly: true,
  keys: { key: managedKey(STATE_RULES.any) },
  crossAccount: 'no',
  grantable: false,
  rate: 100,
  audit: { request: ['KeyId'], response: [] },

  async run({ keys: { key }, services: { keyUses } }) {
    const use = await keyUses.lastUse(key.id)
    return {
      KeyId: key.value.keyId,
      KeyLastUsage: use
        ? {
            Operation: use.operation,
            Timestamp: new Date(use.usedMs),
            CloudTrailEventId: use.eventId,
            KmsRequestId: use.requestId,
          }
        : {},
      TrackingStartDate: new Date(keyUses.trackedSince(key.value)),
      KeyCreationDate: new Date(key.value.createdMs),
    }
  },
})
