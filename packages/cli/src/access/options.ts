import type { Command } from 'commander'
import type { DataFolder, KeyQuestion } from '@keyhold/server'
import { collectContext } from '../shared/options.ts'
import { dataOption } from '../shared/data-options.ts'

export interface KeyFlags {
  data: DataFolder
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
