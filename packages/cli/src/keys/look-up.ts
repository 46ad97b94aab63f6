import type { AliasListEntry, KeyListEntry, KeyMetadata } from '@keyhold/protocol'
import type { KmsConnection } from '@keyhold/client'
import { isAlias, regionOf } from './names.ts'

export async function describeKey(service: KmsConnection, key: string): Promise<KeyMetadata> {
  const { KeyMetadata: metadata } = await service.call('DescribeKey', { KeyId: key }, regionOf(key))
  if (metadata === undefined) throw new Error(`DescribeKey said nothing about ${key}.`)
  return metadata
}

/** The id of a key however it is named: management operations take no alias where people would give one. */
export async function keyId(service: KmsConnection, key: string): Promise<string> {
  return isAlias(key) ? (await describeKey(service, key)).KeyId : key
}

/** Every key of the account in this region. */
export async function listKeys(service: KmsConnection): Promise<KeyListEntry[]> {
  const keys: KeyListEntry[] = []
  for (let marker: string | undefined, more = true; more; more = marker !== undefined) {
    const page = await service.call('ListKeys', marker === undefined ? {} : { Marker: marker })
    keys.push(...(page.Keys ?? []))
    marker = page.NextMarker
  }
  return keys
}

/** Aliases of one key, or of the account and region. */
export async function aliasesOf(service: KmsConnection, key?: string): Promise<AliasListEntry[]> {
  const aliases: AliasListEntry[] = []
  const scope = key === undefined ? {} : { KeyId: key }
  for (let marker: string | undefined, more = true; more; more = marker !== undefined) {
    const input = marker === undefined ? scope : { ...scope, Marker: marker }
    const page = await service.call('ListAliases', input, regionOf(key))
    aliases.push(...(page.Aliases ?? []))
    marker = page.NextMarker
  }
  return aliases
}
