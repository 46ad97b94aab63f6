import type { KeyRecord, MultiRegion } from './record.ts'

/** The Regions of related keys. */
export type Family = Omit<MultiRegion, 'type'>

/** The id of a new multi-Region key, by which its Regions know it too. */
export function multiRegionKeyId(uuid: string): string {
  return `mrk-${uuid.replaceAll('-', '')}`
}

export function isMultiRegionKeyId(keyId: string): boolean {
  return keyId.startsWith('mrk-')
}

/** What the key of one Region is in its family. */
export function memberOf({ primaryRegion, replicaRegions }: Family, region: string): MultiRegion {
  return { type: region === primaryRegion ? 'PRIMARY' : 'REPLICA', primaryRegion, replicaRegions }
}

/** Where the keys are that are related to this one: nowhere, for one that is not multi-Region. */
export function otherRegions({ region, multiRegion }: Pick<KeyRecord, 'region' | 'multiRegion'>): string[] {
  if (multiRegion === undefined) return []
  return [multiRegion.primaryRegion, ...multiRegion.replicaRegions].filter((other) => other !== region)
}

export function withReplica({ primaryRegion, replicaRegions }: Family, region: string): Family {
  return { primaryRegion, replicaRegions: [...replicaRegions, region] }
}

export function withoutReplica({ primaryRegion, replicaRegions }: Family, region: string): Family {
  return { primaryRegion, replicaRegions: replicaRegions.filter((other) => other !== region) }
}

/** The replica of `region` and the primary change places. */
export function withPrimary({ primaryRegion, replicaRegions }: Family, region: string): Family {
  return {
    primaryRegion: region,
    replicaRegions: replicaRegions.map((other) => (other === region ? primaryRegion : other)),
  }
}
