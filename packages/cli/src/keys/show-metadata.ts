import type { KeyMetadata } from '@keyhold/protocol'
import { properties } from '../terminal/table.ts'

/** What people want to know of a key, for a terminal. */
export function keyDetails(
  metadata: KeyMetadata,
  aliases: readonly string[],
  more: readonly (readonly [string, string | undefined])[] = [],
): string {
  const { KeyId, Arn, Description, KeyState, KeySpec, KeyUsage, Origin } = metadata
  const { CreationDate, ValidTo, DeletionDate, MultiRegionConfiguration } = metadata
  return presentProperties([
    ['Key', KeyId],
    ['ARN', Arn],
    ['Aliases', aliases.join(', ') || '-'],
    ['Description', Description || '-'],
    ['State', KeyState],
    ['Spec', KeySpec],
    ['Usage', KeyUsage],
    ['Origin', Origin],
    ['Multi-Region', MultiRegionConfiguration?.MultiRegionKeyType],
    ['Created', CreationDate?.toISOString()],
    ['Expires', ValidTo?.toISOString()],
    ['Deleted on', DeletionDate?.toISOString()],
    ...more,
  ])
}

/** Names and values, one pair a line, without those that have no value. */
export function presentProperties(rows: readonly (readonly [string, string | undefined])[]): string {
  return properties(rows.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])))
}
