import type { KeyMetadata } from '@keyhold/protocol'
import { properties } from '../terminal/table.ts'

/** What people want to know of a key, for a terminal. */
export function keyDetails(metadata: KeyMetadata, aliases: readonly string[]): string {
  const { KeyId, Arn, Description, KeyState, KeySpec, KeyUsage, Origin, CreationDate, DeletionDate } = metadata
  const rows: (readonly [string, string | undefined])[] = [
    ['Key', KeyId],
    ['ARN', Arn],
    ['Aliases', aliases.join(', ') || '-'],
    ['Description', Description || '-'],
    ['State', KeyState],
    ['Spec', KeySpec],
    ['Usage', KeyUsage],
    ['Origin', Origin],
    ['Created', CreationDate?.toISOString()],
    ['Deleted on', DeletionDate?.toISOString()],
  ]
  return properties(rows.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])))
}

/** JSON for programs: standard output, nothing else on it. */
export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, undefined, 2)}\n`)
}
