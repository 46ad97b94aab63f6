import type { KeyMetadata } from '@keyhold/protocol'
import { printJson } from '../terminal/json.ts'
import { printable } from '../terminal/printable.ts'
import { properties } from '../terminal/table.ts'

/** What people want to know of a key, for a terminal. */
export function keyDetails(metadata: KeyMetadata, aliases: readonly string[]): string {
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
  ])
}

/** Names and values, one pair a line, without those that have no value. */
export function presentProperties(rows: readonly (readonly [string, string | undefined])[]): string {
  return properties(rows.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])))
}

/** What was done: a sentence for people, or the same in the API's words as JSON. */
export function printDone(json: boolean | undefined, sentence: string, value: object): void {
  if (json === true) printJson(value)
  else process.stdout.write(`${printable(sentence)}\n`)
}
