import { keyArn } from '../../../domain/keys/arns.ts'
import { placeOf } from '../../../identity/accounts/caller.ts'
import { keyTable } from '../../../vault/records/key.ts'
import { operation } from '../../../execution/define.ts'
import { openMarker, sealMarker } from '../../../execution/markers.ts'
import { kmsList, page } from '../pages.ts'

/** Source: AWS KMS API Reference, ListKeys: 1 to 1000 keys, 100 by default. */
const USUAL_LIMIT = 100
const LIST = kmsList('ListKeys')

export const listKeys = operation<'ListKeys'>({
  name: 'ListKeys',
  summary: 'Lists the KMS keys of the account in the Region.',
  readOnly: true,
  crossAccount: 'no',
  grantable: false,
  rate: 500,
  about: 'no key',
  audit: { request: ['Limit', 'Marker'], response: [] },

  async run(call) {
    const { Limit = USUAL_LIMIT, Marker } = call.input
    const { records } = call.services
    const after = await openMarker(call, LIST, Marker)
    const keys = await records.listByOwner(keyTable, placeOf(call.caller), { after, limit: Limit + 1 })
    const listed = page(keys, Limit)
    return {
      Keys: listed.items.map(({ value }) => ({ KeyId: value.keyId, KeyArn: keyArn(value) })),
      Truncated: listed.last !== undefined,
      NextMarker: listed.last && (await sealMarker(call, LIST, listed.last.id)),
    }
  },
})
