import type { AliasRecord } from '../../domain/keys/record.ts'
import { keyTable, type Place } from './key.ts'
import { defineTable, fromJson, secondPart } from './table.ts'

export const aliasTable = defineTable({
  name: 'alias',
  id: ({ accountId, region, name }: Place & Pick<AliasRecord, 'name'>) => `${accountId}/${region}/${name}`,
  owner: (place: Place) => keyTable.owner(place),
  /** The key that it points to, which has the alias's name in its own record. */
  target: ({ region, targetKeyId: keyId }: Pick<AliasRecord, 'region' | 'targetKeyId'>) =>
    keyTable.id({ region, keyId }),
  domain: secondPart,
  read: fromJson<AliasRecord>,
  absence:
    'The key is not found by this name. Policies that ask for its aliases see the name still, in its own record.',
  dispensable: true,
})
