import type { DataFolder } from '@keyhold/server'
import { Command } from 'commander'
import { credentialsFileOption, dataOption, parseAccount } from '../shared/data-options.ts'
import { issue, showIssued } from '../shared/issue.ts'

interface RecoverFlags {
  data: DataFolder
  account: string
  userName?: string
  credentialsFile?: string
  json?: boolean
}

export function recoverAdminCommand(): Command {
  return new Command('recover-admin')
    .summary('make a new administrator in an account whose administrators are lost')
    .description(
      'Makes a new user who may do everything in the account, and shows its access key once. Users who exist stay as\n' +
        'they are. Needs the data folder and its root of trust; a server may be running on the folder. The audit log\n' +
        'has it as RecoverAdministrator.',
    )
    .addOption(dataOption())
    .requiredOption('--account <id>', 'the account, 12 digits', parseAccount)
    .option('--user-name <name>', 'the name of the new user (default: recovered-administrator-DATE)')
    .addOption(credentialsFileOption())
    .option('--json', 'print JSON')
    .action(recover)
}

async function recover({ data, account: accountId, userName, credentialsFile, json }: RecoverFlags): Promise<void> {
  const { operator } = await import('@keyhold/server')
  const wanted = { accountId, ...(userName !== undefined && { userName }) }
  const { made, key } = await issue(credentialsFile, () => operator.recoverAdministrator(data, wanted))
  const facts = [
    ['Account', 'accountId', made.accountId] as const,
    ['Administrator', 'administrator', made.arn] as const,
  ]
  showIssued(facts, key, json)
}
