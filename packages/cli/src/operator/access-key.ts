import { Command } from 'commander'
import { dataOption } from '../serving/options.ts'
import { printJson } from '../terminal/json.ts'
import { table } from '../terminal/table.ts'

export function accessKeyLsCommand(): Command {
  return new Command('ls')
    .summary('list the access keys of all users and services')
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
  else process.stdout.write(table(['access key', 'state', 'owner', 'created'], rows))
}

export function accessKeyDisableCommand(): Command {
  return new Command('disable')
    .summary('stop an access key that is lost or leaked, whosever it is')
    .description(
      'Deactivates an access key, at once also for servers that run on the folder. The audit log has it as\n' +
        'DisableAccessKey. Its owner, or who administers the account, can activate it again through IAM. As on AWS,\n' +
        'sessions that were made with it go on until they expire: --and-sessions ends them too, for good.',
    )
    .argument('<access-key-id>', 'the access key id')
    .addOption(dataOption())
    .option('--and-sessions', 'end the sessions that were made with the key, too')
    .action(async (accessKeyId: string, { data, andSessions = false }: { data: string; andSessions?: boolean }) => {
      const { operator } = await import('@keyhold/server')
      const changed = await operator.disableAccessKey(data, accessKeyId, { andSessions })
      console.log(`${accessKeyId} is ${changed ? 'now' : 'already'} inactive.`)
      if (andSessions) console.log('The sessions that were made with it have ended.')
    })
}
