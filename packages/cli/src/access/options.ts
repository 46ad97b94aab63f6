import { type Command, InvalidArgumentError } from 'commander'
import type { KeyQuestion } from '@keyhold/server'
import { collectContext } from '../files/options.ts'
import { dataOption } from '../serving/options.ts'

export interface KeyFlags {
  data: string
  region?: string
}

export interface QuestionFlags extends KeyFlags {
  grantToken: string[]
  context: Record<string, string>
  json?: boolean
}

/** How to name a key. */
export const KEY_HELP = 'the ARN of a key or alias; or a key id or alias/NAME, with its region'

/** Adds what says which data folder, and where its keys are looked for. */
export function withKeyOptions(command: Command): Command {
  return command
    .addOption(dataOption())
    .option('--region <name>', 'the region of a key that is not named by ARN (AWS_REGION, AWS_DEFAULT_REGION)')
}

/** Adds what a question about an action on a key takes. */
export function withQuestionOptions(command: Command): Command {
  return withKeyOptions(command)
    .option('-c, --context <name=value>', 'a pair of the encryption context; may be repeated', collectContext, {})
    .option(
      '--grant-token <token>',
      'a grant token that the request has; may be repeated',
      (token: string, before: string[]) => [...before, token],
      [],
    )
    .option('--json', 'print JSON')
}

/** The question that the flags ask. */
export function questionOf(action: string, key: string, flags: QuestionFlags): KeyQuestion {
  const { context, grantToken: grantTokens } = flags
  const encryptionContext = Object.keys(context).length > 0 && { encryptionContext: context }
  return { action, ...namedKey(key, flags), ...encryptionContext, grantTokens }
}

export function namedKey(key: string, { region }: KeyFlags, env = process.env): { key: string; region?: string } {
  const named = region || env['AWS_REGION'] || env['AWS_DEFAULT_REGION']
  return { key, ...(named && { region: named }) }
}

const UNITS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 }

/** A time in the past: `30d`, `12h`, `15m` ago, or as ISO 8601 has it. In milliseconds since the epoch. */
export function parseTime(text: string): number {
  const [, count, unit = ''] = /^(\d{1,5})([mhd])$/.exec(text) ?? []
  const timeMs = count === undefined ? isoTime(text) : Date.now() - Number(count) * (UNITS[unit] ?? 0)
  if (!Number.isNaN(timeMs)) return timeMs
  throw new InvalidArgumentError('It must be a time such as 2026-03-01T12:00:00Z, or so long ago: 30d, 12h, 15m.')
}

function isoTime(text: string): number {
  const [, day] = /^(\d{4}-\d\d-\d\d)(T.*)?$/.exec(text) ?? []
  return day !== undefined && isDay(day) ? Date.parse(text) : Number.NaN
}

/** Date.parse takes February 31 for March 3, and records between the two would be left out. */
function isDay(day: string): boolean {
  const timeMs = Date.parse(day)
  return !Number.isNaN(timeMs) && new Date(timeMs).toISOString().startsWith(day)
}
