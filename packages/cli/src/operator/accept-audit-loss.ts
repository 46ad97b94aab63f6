import type { DataFolder } from '@keyhold/server'
import { Command } from 'commander'
import { describeReport } from '../audit/verify.ts'
import { printLine } from '../descriptors/standard.ts'
import { EXIT } from '../process/exit.ts'
import { dataOption } from '../shared/data-options.ts'
import { printJson } from '../terminal/print.ts'
import { UsageError } from '../base/errors.ts'

export function acceptAuditLossCommand(): Command {
  return new Command('accept-audit-loss')
    .summary('accept that a power cut lost audit records')
    .description(
      'A server with --audit write hands its records to the operating system: a power cut can lose the newest ones.\n' +
        'The numbers of their changes are then missed for good. Find out first whether there was a power cut: a person who\n' +
        'removes records leaves the same traces. This adds a signed record of what is lost, and who accepted it. After\n' +
        'that `keyhold audit verify` reports exactly that loss as accepted, and any other as before. It prints the log\n' +
        'as it is then. Exit code 8 when other problems are left.',
    )
    .addOption(dataOption())
    .option('--yes', 'accept what is lost')
    .option('--json', 'print the report as JSON')
    .action(accept)
}

async function accept({ data, yes, json }: { data: DataFolder; yes?: boolean; json?: boolean }): Promise<void> {
  if (yes !== true) throw new UsageError('The acceptance stays in the log. Say --yes once you know of the power cut.')
  const { operator } = await import('@keyhold/server')
  const report = await operator.acceptAuditLoss(data)
  if (json === true) printJson(report)
  else printLine(describeReport(report))
  if (report.problems.length > 0) process.exitCode = EXIT.broken
}
