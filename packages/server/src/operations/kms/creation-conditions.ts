import type { OwnConditions } from '../../authorization/request-facts.ts'
import type { KeyRecord, MultiRegion } from '../../keys/record.ts'

/** What policies see of a key that is still to be made, by the deprecated names too. */
export function creationConditions(
  { spec, usage, origin }: Pick<KeyRecord, 'spec' | 'origin'> & { usage: KeyRecord['usage'] | undefined },
  multiRegion?: MultiRegion['type'],
): OwnConditions {
  return {
    'kms:keyspec': spec,
    'kms:customermasterkeyspec': spec,
    'kms:keyusage': usage,
    'kms:customermasterkeyusage': usage,
    'kms:keyorigin': origin,
    'kms:multiregion': String(multiRegion !== undefined),
    'kms:multiregionkeytype': multiRegion,
  }
}
