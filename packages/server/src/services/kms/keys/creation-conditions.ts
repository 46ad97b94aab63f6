import type { OwnConditions, OwnValue } from '../../../domain/policy/request-facts.ts'
import type { KeyRecord } from '../../../domain/keys/record.ts'

interface CreatedKey {
  spec: OwnValue
  usage: OwnValue
  origin: OwnValue
  /** Whether the key is a multi-Region key: `true` or `false`. */
  multiRegion: OwnValue
  multiRegionType: 'PRIMARY' | 'REPLICA' | undefined
}

/** The condition keys that describe a key before it is created, including the deprecated names. */
export function creationConditions({ spec, usage, origin, multiRegion, multiRegionType }: CreatedKey): OwnConditions {
  return {
    'kms:keyspec': spec,
    'kms:customermasterkeyspec': spec,
    'kms:keyusage': usage,
    'kms:customermasterkeyusage': usage,
    'kms:keyorigin': origin,
    'kms:multiregion': multiRegion,
    'kms:multiregionkeytype': multiRegionType,
  }
}

/** The condition keys of a replica. The values come from its primary key, so none of them is a default. */
export function replicaConditions({ spec, usage, origin }: KeyRecord): OwnConditions {
  return creationConditions({ spec, usage, origin, multiRegion: 'true', multiRegionType: 'REPLICA' })
}
