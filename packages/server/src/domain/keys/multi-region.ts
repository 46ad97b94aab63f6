import type { KeyRecord, MultiRegion } from './record.ts'

/** The Regions of a set of related keys. */
export type Family = Omit<MultiRegion, 'type'>

/** Returns the id of a new multi-Region key, which it has in all Regions. */
export function multiRegionKeyId(uuid: string): string {
  return `mrk-${uuid.replaceAll('-', '')}`
}

/** Returns whether a key id is that of a multi-Region key. */
export function isMultiRegionKeyId(keyId: string): boolean {
  return keyId.startsWith('mrk-')
}

/** Returns the role of one Region's key among its related keys. */
export function memberOf({ primaryRegion, replicaRegions }: Family, region: string): MultiRegion {
  return { type: region === primaryRegion ? 'PRIMARY' : 'REPLICA', primaryRegion, replicaRegions }
}

/** Returns the Regions of the keys that are related to this one, or none for a single-Region key. */
export function otherRegions({ region, multiRegion }: Pick<KeyRecord, 'region' | 'multiRegion'>): string[] {
  if (multiRegion === undefined) return []
  return [multiRegion.primaryRegion, ...multiRegion.replicaRegions].filter((other) => other !== region)
}

/** Adds a replica Region. */
export function withReplica({ primaryRegion, replicaRegions }: Family, region: string): Family {
  return { primaryRegion, replicaRegions: [...replicaRegions, region] }
}

/** Removes a replica Region. */
export function withoutReplica({ primaryRegion, replicaRegions }: Family, region: string): Family {
  return { primaryRegion, replicaRegions: replicaRegions.filter((other) => other !== region) }
}

/** Exchanges the primary and the replica in `region`. */
export function withPrimary({ primaryRegion, replicaRegions }: Family, region: string): Family {
  return {
    primaryRegion: region,
    replicaRegions: replicaRegions.map((other) => (other === region ? primaryRegion : other)),
  }
}
