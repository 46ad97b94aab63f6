import { STATE_RULES } from '../../../domain/keys/states.ts'
import { operation } from '../../../execution/define.ts'
import { openMarker, sealMarker } from '../../../execution/markers.ts'
import { limitFault, kmsList, page } from '../pages.ts'
import { managedKey } from '../targets.ts'

/** Source: AWS KMS API Reference, ListResourceTags: 1 to 50 tags, 50 by default. */
const LIMIT = { usual: 50, most: 50 }

export const listResourceTags = operation<'ListResourceTags', 'key'>({
  name: 'ListResourceTags',
  summary: 'Returns the tags of a KMS key.',
  readOnly: true,
  keys: { key: managedKey(STATE_RULES.any) },
  crossAccount: 'no',
  grantable: false,
  rate: 2000,
  audit: { request: ['KeyId', 'Limit', 'Marker'], response: [] },

  check: ({ Limit }) => limitFault(Limit, LIMIT.most),

  async run(call) {
    const { Limit = LIMIT.usual, Marker } = call.input
    const { keyId, tags } = call.keys.key.value
    const list = kmsList('ListResourceTags', keyId)
    const after = await openMarker(call, list, Marker)
    const start = after === undefined ? 0 : tags.findIndex(({ TagKey }) => TagKey === after) + 1
    const { items, last } = page(tags.slice(start), Limit)
    return {
      Tags: items,
      Truncated: last !== undefined,
      NextMarker: last && (await sealMarker(call, list, last.TagKey)),
    }
  },
})
