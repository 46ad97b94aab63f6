import type { DataFolder } from '@keyhold/server'
import { Command } from 'commander'
import { print } from '../descriptors/standard.ts'
import { printDone, printJson } from '../terminal/print.ts'
import { credentialsFileOption, dataOption } from '../shared/data-options.ts'
import { issue, showIssued } from '../shared/issue.ts'
import { table } from '../terminal/table.ts'

export function accessKeyLsCommand(): Command {
  return new Command('ls')
    .summary('list the access keys of all users and services')
    .description('Lists the access keys of all users and services of all accounts. Secrets are not shown.')
    .addOption(dataOption())
    .option('--json', 'print JSON')
    .action(ls)
}

async function ls({ data, json }: { data: DataFolder; json?: boolean }): Promise<void> {
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
  data: DataFolder
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

export function accessKeyEnableCommand(): Command {
  return new Command('enable')
    .summary('let an access key of any account act again')
    .description(
      'Activates an access key that was disabled, at once also for servers that run on the folder. The audit log has it as\n' +
        'EnableAccessKey. Sessions that --and-sessions ended stay ended.',
    )
    .argument('<access-key-id>', 'the access key id')
    .addOption(dataOption())
    .option('--json', 'print JSON')
    .action(enable)
}

async function enable(accessKeyId: string, { data, json }: { data: DataFolder; json?: boolean }): Promise<void> {
  const { operator } = await import('@keyhold/server')
  const changed = await operator.enableAccessKey(data, accessKeyId)
  printDone(json, `${accessKeyId} is ${changed ? 'now' : 'already'} active.`, { accessKeyId, active: true, changed })
}

export function accessKeyCreateCommand(): Command {
  return new Command('create')
    .summary('make an access key for a user or a service of any account')
    .description(
      'Makes an access key for a user or a service, and shows its secret once. It has the permissions of its owner, and no\n' +
        'more. An owner has at most two keys, as on AWS. Works at once also for servers that run on the folder. The audit\n' +
        'log has it as CreateAccessKey.',
    )
    .argument('<owner>', 'the ARN of a user, or the name of a service')
    .addOption(dataOption())
    .addOption(credentialsFileOption())
    .option('--json', 'print JSON')
    .action(create)
}

interface CreateFlags {
  data: DataFolder
  credentialsFile?: string
  json?: boolean
}

async function create(owner: string, { data, credentialsFile, json }: CreateFlags): Promise<void> {
  const { operator } = await import('@keyhold/server')
  const { key } = await issue(credentialsFile, () => operator.createAccessKey(data, owner))
  showIssued([['Owner', 'owner', owner]], key, json)
}
