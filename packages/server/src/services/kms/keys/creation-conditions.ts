import type { OwnConditions, OwnValue } from '../../../domain/policy/request-facts.ts'
import type { KeyRecord } from '../../../domain/keys/record.ts'

interface CreatedKey {
  spec: OwnValue
  usage: OwnValue
  origin: OwnValue
  /** Whether it is a multi-Region key: `true` or `false`. */
  multiRegion: OwnValue
  multiRegionType: 'PRIMARY' | 'REPLICA' | undefined
}

/** What policies see of a key that is still to be made, by the deprecated names too. */
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

/** What policies see of a replica: what its primary is, which is nothing that the request leaves to a default. */
export function replicaConditions({ spec, usage, origin }: KeyRecord): OwnConditions {
  return creationConditions({ spec, usage, origin, multiRegion: 'true', multiRegionType: 'REPLICA' })
}
