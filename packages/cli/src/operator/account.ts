import type { DataFolder } from '@keyhold/server'
import { Command } from 'commander'
import { print } from '../descriptors/standard.ts'
import { credentialsFileOption, dataOption, parseAccount } from '../shared/data-options.ts'
import { issue, showIssued } from '../shared/issue.ts'
import { printJson } from '../terminal/print.ts'
import { table } from '../terminal/table.ts'

interface CreateFlags {
  data: DataFolder
  account?: string
  userName?: string
  acceptAccess?: boolean
  credentialsFile?: string
  json?: boolean
}

export function accountCreateCommand(): Command {
  return new Command('create')
    .summary('make an account and its administrator')
    .description(
      'Makes another account in a data folder, with an administrator whose access key is shown once. A server may be\n' +
        'running on the folder. The audit log of the account begins with it. Where policies and grants name the account\n' +
        'already, they are listed and nothing is made, unless --accept-access says so.',
    )
    .addOption(dataOption())
    .option('--account <id>', 'the account id, 12 digits (default: random)', parseAccount)
    .option('--user-name <name>', 'the name of the administrator (default: administrator)')
    .option('--accept-access', 'make it also where policies or grants name it already, and so give it access')
    .addOption(credentialsFileOption())
    .option('--json', 'print JSON')
    .action(create)
}

async function create(flags: CreateFlags): Promise<void> {
  const { data, account: accountId, userName, acceptAccess, credentialsFile, json } = flags
  const { operator } = await import('@keyhold/server')
  const wanted = {
    ...(accountId !== undefined && { accountId }),
    ...(userName !== undefined && { userName }),
    ...(acceptAccess === true && { acceptAccess }),
  }
  const { made, key } = await issue(credentialsFile, () => operator.createAccount(data, wanted))
  const facts = [
    ['Account', 'accountId', made.accountId] as const,
    ['Administrator', 'administrator', made.arn] as const,
  ]
  showIssued(facts, key, json, made.namedAlready)
}

export function accountLsCommand(): Command {
  return new Command('ls')
    .summary('list the accounts of a data folder')
    .description('Lists the accounts of a data folder, and when each was made.')
    .addOption(dataOption())
    .option('--json', 'print JSON')
    .action(ls)
}

async function ls({ data, json }: { data: DataFolder; json?: boolean }): Promise<void> {
  const { operator } = await import('@keyhold/server')
  const accounts = await operator.accounts(data)
  const rows = accounts.map(({ accountId, createdMs, isOperators }) => [
    accountId,
    new Date(createdMs).toISOString(),
    isOperators ? "the operator's" : '',
  ])
  if (json === true) printJson(accounts)
  else print(table(['account', 'created', ''], rows))
}
