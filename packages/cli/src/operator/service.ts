import { Command } from 'commander'
import { credentialsFileOption, dataOption } from '../serving/options.ts'
import { issue } from '../serving/issue.ts'
import { printJson } from '../terminal/json.ts'
import { properties, table } from '../terminal/table.ts'

export function serviceCreateCommand(): Command {
  return new Command('create')
    .summary('register a service, with an access key')
    .description(
      'Registers a service principal, which key policies and grants can name and which may act for the users who asked\n' +
        'it to. Its access key is shown once. A server may be running on the folder.',
    )
    .argument('<name>', 'a domain name, such as backup.example.internal')
    .addOption(dataOption())
    .addOption(credentialsFileOption())
    .action(create)
}

async function create(name: string, flags: { data: string; credentialsFile?: string }): Promise<void> {
  const { operator } = await import('@keyhold/server')
  const { made, keyLines, note } = await issue(flags.credentialsFile, () => operator.createService(flags.data, name))
  process.stdout.write(properties([['Service', made.name], ['Account', made.accountId], ...keyLines]) + note)
}

export function serviceLsCommand(): Command {
  return new Command('ls')
    .summary('list the registered services')
    .addOption(dataOption())
    .option('--json', 'print JSON')
    .action(ls)
}

async function ls({ data, json }: { data: string; json?: boolean }): Promise<void> {
  const { operator } = await import('@keyhold/server')
  const services = await operator.services(data)
  const rows = services.map(({ principalId, createdMs, disabled }) => [
    principalId,
    disabled === true ? 'disabled' : 'enabled',
    new Date(createdMs).toISOString(),
  ])
  if (json === true) printJson(services)
  else process.stdout.write(table(['service', 'state', 'created'], rows))
}

const SUMMARIES = {
  disable: 'stop a service: its access keys and its sessions are refused from now on',
  enable: 'let a stopped service go on',
} as const

export function serviceSwitchCommand(verb: keyof typeof SUMMARIES): Command {
  return new Command(verb)
    .summary(SUMMARIES[verb])
    .argument('<name>', 'the name of the service')
    .addOption(dataOption())
    .action(async (name: string, { data }: { data: string }) => {
      const { operator } = await import('@keyhold/server')
      const changed = await operator.setServiceEnabled(data, name, verb === 'enable')
      console.log(`${name} is ${changed ? 'now' : 'already'} ${verb}d.`)
    })
}
