import type { ReplayGroup, ReplayReport } from '@keyhold/server'
import { Command } from 'commander'
import { print } from '../descriptors/standard.ts'
import { EXIT } from '../process/exit.ts'
import { parseTime } from '../shared/parse-time.ts'
import { readPolicy } from '../shared/read-text.ts'
import { printJson } from '../terminal/print.ts'
import { printable } from '../terminal/printable.ts'
import { table } from '../terminal/table.ts'
import { KEY_HELP, type KeyFlags, namedKey, withKeyOptions } from './options.ts'

interface ReplayFlags extends KeyFlags {
  key: string
  since?: number
  until?: number
  json?: boolean
}

const DEFAULT_SINCE = '30d'

export function accessReplayCommand(): Command {
  const command = new Command('replay')
    .summary('show whose recorded calls a new key policy would break')
    .description(
      'Decides every recorded request about a key again, by its present policy and by the proposed one. Exit code 3 when\n' +
        'calls that were allowed, and still are, would break. Changes nothing.',
    )
    .argument('<policy-file>', 'the proposed key policy, as JSON')
    .requiredOption('--key <key>', KEY_HELP)
    .option('--since <time>', `from then on: 12h, or a time as ISO 8601 has it (default: ${DEFAULT_SINCE})`, parseTime)
    .option('--until <time>', 'before then (default: now)', parseTime)
    .option('--json', 'print JSON')
    .action(replay)
  return withKeyOptions(command)
}

async function replay(policyFile: string, { data, key, since, until, json, ...rest }: ReplayFlags): Promise<void> {
  const untilMs = until ?? Date.now()
  const sinceMs = since ?? parseTime(DEFAULT_SINCE)
  const policy = await readPolicy(policyFile)
  const { access } = await import('@keyhold/server')
  const named = namedKey(key, { data, ...rest })
  const report = await access.replay(data, { ...named, policy, sinceMs, untilMs })
  if (json === true) printJson(report)
  else print(text(report))
  if (report.breaks.length > 0) process.exitCode = EXIT.denied
}

function text(report: ReplayReport): string {
  const { key, since, until, decisions, unchanged, breaks, allows, deniedAnyway, callersGone, cut, ungrouped } = report
  const hidden = ungrouped.breaks + ungrouped.allows + ungrouped.deniedAnyway
  return [
    `${decisions} decisions about ${key} from ${since} to ${until}; ${unchanged} would stay as they are.\n`,
    section('Would break', breaks),
    section('Would newly be allowed', allows),
    section('Denied by now, whichever policy the key has', deniedAnyway),
    callersGone === 0 ? '' : `\n${callersGone} were made by users and roles that have been deleted since.\n`,
    cut === 0 ? '' : `\n${cut} cannot be decided again: their records lack what was too large to keep.\n`,
    hidden === 0 ? '' : `\n${hidden} more would change, of too many callers to tell apart.\n`,
    breaks.length === 0 ? '\nNothing would break.\n' : '',
  ].join('')
}

function section(title: string, groups: readonly ReplayGroup[]): string {
  if (groups.length === 0) return ''
  const rows = groups.map(({ caller, action, count, first, last, reason, requestId }) => [
    caller,
    action,
    String(count),
    first,
    last,
    reason,
    requestId,
  ])
  return `\n${printable(title)}:\n${table(['caller', 'action', 'calls', 'first', 'last', 'reason', 'one of them'], rows)}`
}
