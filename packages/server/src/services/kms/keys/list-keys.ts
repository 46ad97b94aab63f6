import { body } from '../../../vault/records/entry.ts'
import { keyArn } from '../../../domain/keys/arns.ts'
import type { KeyRecord } from '../../../domain/keys/record.ts'
import { placeOwner } from '../../../vault/storage/row-ids.ts'
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
    const { store, hierarchy } = call.services
    const owner = placeOwner({ accountId: call.caller.principal.accountId, region: call.caller.region })
    const after = await openMarker(call, LIST, Marker)
    const rows = page(await store.listByOwner('key', owner, { after, limit: Limit + 1 }), Limit)
    const records = await Promise.all(rows.items.map(async (row) => body<KeyRecord>(await hierarchy.verify(row))))
    return {
      Keys: records.map((record) => ({ KeyId: record.keyId, KeyArn: keyArn(record) })),
      Truncated: rows.last !== undefined,
      NextMarker: rows.last && (await sealMarker(call, LIST, rows.last.id)),
    }
  },
})
