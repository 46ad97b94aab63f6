import type { DataFolder } from '@keyhold/server'
import { Command } from 'commander'
import { UsageError } from '../base/errors.ts'
import { print } from '../descriptors/standard.ts'
import { dataOption, parseAccount } from '../shared/data-options.ts'
import { printDone, printJson } from '../terminal/print.ts'
import { table } from '../terminal/table.ts'

export function quorumLsCommand(): Command {
  return new Command('ls')
    .summary('list the quorum rules of all accounts')
    .description('Lists which approvals accounts demand before keys are destroyed, and from which approvers.')
    .addOption(dataOption())
    .option('--json', 'print JSON')
    .action(async ({ data, json }: { data: DataFolder; json?: boolean }) => {
      const { operator } = await import('@keyhold/server')
      const rules = await operator.quorumRules(data)
      if (json === true) printJson(rules)
      else {
        const rows = rules.map(({ accountId, ruleName, needed, approvers }) => [
          accountId,
          ruleName,
          `${needed} of ${approvers.map(({ arn }) => arn).join(' ')}`,
        ])
        print(table(['account', 'rule', 'needs'], rows))
      }
    })
}

interface RemoveFlags {
  data: DataFolder
  account: string
  yes?: boolean
  json?: boolean
}

export function quorumRemoveCommand(): Command {
  return new Command('remove')
    .summary('remove a quorum rule whose approvers are gone')
    .description(
      'Removes a quorum rule without its approvers: for an account that has too few of them left to approve anything. What the\n' +
        'rule protected needs no approval any more, in running servers too. The audit log has it as RemoveQuorumRule.',
    )
    .argument('<rule>', 'the name of the rule')
    .addOption(dataOption())
    .requiredOption('--account <id>', 'the account, 12 digits', parseAccount)
    .option('--yes', 'remove it, although no approver agreed')
    .option('--json', 'print JSON')
    .action(remove)
}

async function remove(ruleName: string, { data, account: accountId, yes, json }: RemoveFlags): Promise<void> {
  if (yes !== true) throw new UsageError('No approver agrees to this. Say --yes if too few of them are left.')
  const { operator } = await import('@keyhold/server')
  await operator.removeQuorumRule(data, { accountId, ruleName })
  printDone(json, `The rule ${ruleName} of account ${accountId} is removed.`, { accountId, ruleName })
}
