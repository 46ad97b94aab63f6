import { otherRegions } from '../../domain/keys/multi-region.ts'
import type { KeyRecord } from '../../domain/keys/record.ts'
import type { Directory } from '../../identity/directory/directory.ts'

/** A key and those that are related to it. They have the same material: a rule for one of them protects all. */
export async function familyOf(key: KeyRecord, directory: Directory): Promise<KeyRecord[]> {
  const { keyId } = key
  const others = await Promise.all(otherRegions(key).map((region) => directory.key({ region, keyId })))
  return [key, ...others.flatMap((other) => other?.value ?? [])]
}
