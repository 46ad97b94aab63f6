import { Command } from 'commander'
import { print } from '../descriptors/standard.ts'
import { printDone, printJson } from '../terminal/print.ts'
import { dataOption } from '../shared/data-options.ts'
import { table } from '../terminal/table.ts'

export function accessKeyLsCommand(): Command {
  return new Command('ls')
    .summary('list the access keys of all users and services')
    .description('Lists the access keys of all users and services of all accounts. Secrets are not shown.')
    .addOption(dataOption())
    .option('--json', 'print JSON')
    .action(ls)
}

async function ls({ data, json }: { data: string; json?: boolean }): Promise<void> {
  const { operator } = await import('@keyhold/server')
  const keys = await operator.accessKeys(data)
  const rows = keys.map(({ accessKeyId, active, owner, createdMs }) => [
    accessKeyId,
    active ? 'active' : 'inactive',
    owner,
    new Date(createdMs).toISOString(),
  ])
  if (json === true) printJson(keys)
  else print(table(['access key', 'state', 'owner', 'created'], rows))
}

export function accessKeyDisableCommand(): Command {
  return new Command('disable')
    .summary('stop a lost or leaked access key of any account')
    .description(
      'Deactivates an access key, at once also for servers that run on the folder. The audit log has it as\n' +
        'DisableAccessKey. Its owner, or who administers the account, can activate it again through IAM. As on AWS,\n' +
        'sessions that were made with it go on until they expire: --and-sessions ends them too, for good.',
    )
    .argument('<access-key-id>', 'the access key id')
    .addOption(dataOption())
    .option('--and-sessions', 'end the sessions that were made with the key, too')
    .option('--json', 'print JSON')
    .action(disable)
}

interface DisableFlags {
  data: string
  andSessions?: boolean
  json?: boolean
}

async function disable(accessKeyId: string, { data, andSessions = false, json }: DisableFlags): Promise<void> {
  const { operator } = await import('@keyhold/server')
  const changed = await operator.disableAccessKey(data, accessKeyId, { andSessions })
  const ended = andSessions ? ' The sessions that were made with it have ended.' : ''
  const sentence = `${accessKeyId} is ${changed ? 'now' : 'already'} inactive.${ended}`
  printDone(json, sentence, { accessKeyId, active: false, changed, sessionsEnded: andSessions })
}
