import type {
  AliasListEntry,
  GrantListEntry,
  KeyListEntry,
  KeyMetadata,
  RotationsListEntry,
  Tag,
} from '@keyhold/protocol'
import type { KmsConnection } from '@keyhold/client'
import { isAlias, regionOf } from './names.ts'

export async function describeKey(service: KmsConnection, key: string): Promise<KeyMetadata> {
  const { KeyMetadata: metadata } = await service.call('DescribeKey', { KeyId: key }, regionOf(key))
  if (metadata === undefined) throw new Error(`DescribeKey said nothing about ${key}.`)
  return metadata
}

/**
 * A key without its alias, as management operations take none where people would give one. It becomes an ARN: that of
 * another region's alias must not lose its region.
 */
export async function keyReference(service: KmsConnection, key: string): Promise<string> {
  if (!isAlias(key)) return key
  const { Arn, KeyId } = await describeKey(service, key)
  return Arn ?? KeyId
}

/** Every key of the account in this region. */
export function listKeys(service: KmsConnection): Promise<KeyListEntry[]> {
  return everyPage(
    (position) => service.call('ListKeys', position),
    ({ Keys }) => Keys,
  )
}

/** Aliases of one key, or of the account and region. */
export function aliasesOf(service: KmsConnection, key?: string): Promise<AliasListEntry[]> {
  const scope = key === undefined ? {} : { KeyId: key }
  return everyPage(
    (position) => service.call('ListAliases', { ...scope, ...position }, regionOf(key)),
    ({ Aliases }) => Aliases,
  )
}

/** Those of these aliases that name one key. */
export function namesOf(aliases: readonly AliasListEntry[], id: string): string[] {
  return aliases.filter(({ TargetKeyId }) => TargetKeyId === id).map(({ AliasName }) => AliasName ?? '')
}

export function grantsOf(service: KmsConnection, key: string): Promise<GrantListEntry[]> {
  return everyPage(
    (position) => service.call('ListGrants', { KeyId: key, ...position }, regionOf(key)),
    ({ Grants }) => Grants,
  )
}

export function tagsOf(service: KmsConnection, key: string): Promise<Tag[]> {
  return everyPage(
    (position) => service.call('ListResourceTags', { KeyId: key, ...position }, regionOf(key)),
    ({ Tags }) => Tags,
  )
}

/** Every material that the key has or had, the first included. */
export function rotationsOf(service: KmsConnection, key: string): Promise<RotationsListEntry[]> {
  const wanted = { KeyId: key, IncludeKeyMaterial: 'ALL_KEY_MATERIAL' } as const
  return everyPage(
    (position) => service.call('ListKeyRotations', { ...wanted, ...position }, regionOf(key)),
    ({ Rotations }) => Rotations,
  )
}

async function everyPage<Page extends { NextMarker?: string }, T>(
  ask: (position: { Marker?: string }) => Promise<Page>,
  entriesOf: (page: Page) => readonly T[] | undefined,
): Promise<T[]> {
  const entries: T[] = []
  for (let marker: string | undefined, more = true; more; more = marker !== undefined) {
    const page = await ask(marker === undefined ? {} : { Marker: marker })
    entries.push(...(entriesOf(page) ?? []))
    marker = page.NextMarker
  }
  return entries
}
