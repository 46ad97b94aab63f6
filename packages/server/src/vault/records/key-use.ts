import type { KeyName, KeyUseRecord } from '../../domain/keys/record.ts'
import { keyTable, type Place } from './key.ts'
import { defineTable, firstPart } from './table.ts'

/** The last use of a key, as far as it is written down. */
export type StoredKeyUse = KeyUseRecord & KeyName & Place

export const keyUseTable = defineTable({
  name: 'key_use',
  id: (key: KeyName) => keyTable.id(key),
  owner: (place: Place) => keyTable.owner(place),
  domain: firstPart,
  read: ({ id, owner, body }): StoredKeyUse => {
    const [region = '', keyId = ''] = id.split('/')
    const [accountId = ''] = owner.split('/')
    return { ...(JSON.parse(body) as KeyUseRecord), accountId, region, keyId }
  },
  body: ({ accountId: _account, region: _region, keyId: _keyId, ...use }) => JSON.stringify(use),
  absence: 'No use is known. A key whose record says that it was used counts as used all the same.',
  dispensable: true,
})
