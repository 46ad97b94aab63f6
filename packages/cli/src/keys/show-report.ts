import type { KeyMetadata } from '@keyhold/protocol'
import { table } from '../terminal/table.ts'
import type { Verdicts } from './judge-key.ts'
import type { KeyFacts, Problem } from './key-facts.ts'
import type { Outsider } from './open-to-others.ts'

/** One key of `keyhold key report --json`: documented in docs/guide/keys.md. Absent is what is unknown or has no value. */
export interface ReportedKey {
  keyId: string
  aliases: string[]
  arn?: string
  description?: string
  state?: string
  spec?: string
  lastUsed?: Date
  /** Uses before this were not recorded. */
  usageTrackedSince?: Date
  lastRotated?: Date
  expires?: Date
  deletedOn?: Date
  verdicts: Verdicts
  openTo: Outsider[]
  problems: Problem[]
}

export function reportedKey(facts: KeyFacts, verdicts: Verdicts): ReportedKey {
  const { keyId, aliases, metadata, lastUsage, rotation, byPolicy = [], byGrants = [], problems } = facts
  const lastUsed = lastUsage?.KeyLastUsage?.Timestamp
  const usageTrackedSince = lastUsage?.TrackingStartDate
  return {
    keyId,
    aliases,
    ...(metadata && describedKey(metadata)),
    ...(lastUsed && { lastUsed }),
    ...(usageTrackedSince && { usageTrackedSince }),
    ...(rotation?.last && { lastRotated: rotation.last }),
    verdicts,
    openTo: [...byPolicy, ...byGrants],
    problems,
  }
}

function describedKey({
  Arn,
  Description,
  KeyState,
  KeySpec,
  ValidTo,
  DeletionDate,
}: KeyMetadata): Partial<ReportedKey> {
  return {
    ...(Arn !== undefined && { arn: Arn }),
    ...(Description !== undefined && { description: Description }),
    ...(KeyState !== undefined && { state: KeyState }),
    ...(KeySpec !== undefined && { spec: KeySpec }),
    ...(ValidTo && { expires: ValidTo }),
    ...(DeletionDate && { deletedOn: DeletionDate }),
  }
}

/** The words for a verdict of yes, in the order of how much they matter. */
const FINDINGS: readonly (readonly [keyof Verdicts, (key: ReportedKey) => string])[] = [
  ['openToOthers', ({ openTo }) => `open to ${outsiders(openTo)}`],
  ['pendingDeletion', ({ deletedOn }) => `pending deletion${on(deletedOn)}`],
  ['expiring', ({ expires }) => `expiring${on(expires)}`],
  ['disabled', () => 'disabled'],
  ['unused', () => 'unused'],
  ['unrotated', () => 'unrotated'],
]

export function reportTable(keys: readonly ReportedKey[]): string {
  if (keys.length === 0) return 'No keys yet. Make one with: keyhold key create --alias NAME\n'
  const rows = keys.map((key) => [
    key.keyId,
    key.aliases.join(',') || '-',
    key.state ?? 'unknown',
    lastUse(key),
    findings(key) || '-',
    key.problems.map(({ operation, code }) => `${operation}: ${code}`).join(', '),
  ])
  return table(['key', 'aliases', 'state', 'last used', 'findings', 'not told'], rows)
}

function lastUse({ lastUsed, usageTrackedSince }: ReportedKey): string {
  if (lastUsed !== undefined) return day(lastUsed)
  return usageTrackedSince === undefined ? 'unknown' : `not since ${day(usageTrackedSince)}`
}

function findings(key: ReportedKey): string {
  const found = FINDINGS.filter(([name]) => key.verdicts[name] === 'yes')
  return found.map(([, words]) => words(key)).join(', ')
}

/** Each of them once: without conditions, if there is any way in without. */
function outsiders(openTo: readonly Outsider[]): string {
  const all = [...new Set(openTo.map(({ who }) => who))]
  const isConditional = (name: string): boolean => openTo.every(({ who, conditional }) => who !== name || conditional)
  return all
    .map((who) => (who === '*' ? 'everybody' : who) + (isConditional(who) ? ' under conditions' : ''))
    .join(' and ')
}

function on(date: Date | undefined): string {
  return date === undefined ? '' : ` on ${day(date)}`
}

function day(date: Date): string {
  return date.toISOString().slice(0, 10)
}
