import type { DataFolder } from '@keyhold/server'
import { Command } from 'commander'
import { print } from '../descriptors/standard.ts'
import { printDone, printJson } from '../terminal/print.ts'
import { credentialsFileOption, dataOption } from '../shared/data-options.ts'
import { issue, showIssued } from '../shared/issue.ts'
import { table } from '../terminal/table.ts'

export function serviceCreateCommand(): Command {
  return new Command('create')
    .summary('register a service, with an access key')
    .description(
      'Registers a service principal, which key policies and grants can name and which may act for the users who asked\n' +
        'it to. Its access key is shown once. A server may be running on the folder. Policies and grants that name it already\n' +
        'are listed: they are about it from now on.',
    )
    .argument('<name>', 'a domain name, such as backup.example.internal')
    .addOption(dataOption())
    .addOption(credentialsFileOption())
    .option('--json', 'print JSON')
    .action(create)
}

async function create(
  name: string,
  flags: { data: DataFolder; credentialsFile?: string; json?: boolean },
): Promise<void> {
  const { operator } = await import('@keyhold/server')
  const { made, key } = await issue(flags.credentialsFile, () => operator.createService(flags.data, name))
  const facts = [['Service', 'name', made.name] as const, ['Account', 'accountId', made.accountId] as const]
  showIssued(facts, key, flags.json, made.namedAlready)
}

export function serviceLsCommand(): Command {
  return new Command('ls')
    .summary('list the registered services')
    .description('Lists the registered services, and whether each may act.')
    .addOption(dataOption())
    .option('--json', 'print JSON')
    .action(ls)
}

async function ls({ data, json }: { data: DataFolder; json?: boolean }): Promise<void> {
  const { operator } = await import('@keyhold/server')
  const services = await operator.services(data)
  const rows = services.map(({ principalId, createdMs, disabled }) => [
    principalId,
    disabled === true ? 'disabled' : 'enabled',
    new Date(createdMs).toISOString(),
  ])
  if (json === true) printJson(services)
  else print(table(['service', 'state', 'created'], rows))
}

const SUMMARIES = {
  disable: 'stop a service: its access keys and its sessions are refused from now on',
  enable: 'let a stopped service go on',
} as const

const DESCRIPTIONS = {
  disable: 'Stops a service: its access keys and its sessions are refused from now on.',
  enable: 'Lets a stopped service act again.',
} as const

export function serviceSwitchCommand(verb: keyof typeof SUMMARIES): Command {
  return new Command(verb)
    .summary(SUMMARIES[verb])
    .description(`${DESCRIPTIONS[verb]} A server that runs on the folder follows at once.`)
    .argument('<name>', 'the name of the service')
    .addOption(dataOption())
    .option('--json', 'print JSON')
    .action(async (name: string, { data, json }: { data: DataFolder; json?: boolean }) => {
      const { operator } = await import('@keyhold/server')
      const changed = await operator.setServiceEnabled(data, name, verb === 'enable')
      printDone(json, `${name} is ${changed ? 'now' : 'already'} ${verb}d.`, {
        name,
        disabled: verb === 'disable',
        changed,
      })
    })
}
