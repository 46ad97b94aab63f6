import type { DataFolder } from '@keyhold/server'
import { Command } from 'commander'
import { printLine } from '../descriptors/standard.ts'
import { dataOption } from '../shared/data-options.ts'
import { printJson } from '../terminal/print.ts'
import { printable } from '../terminal/printable.ts'
import { UsageError } from '../base/errors.ts'

export function acceptDatabaseCommand(): Command {
  return new Command('accept-database')
    .summary('accept a database that is not as Keyhold left it')
    .description(
      'The service refuses a database from which rows were removed, or to which old rows were brought back, without\n' +
        'Keyhold. A backup that was put back whole is not refused. Find out first what happened: an old row can undo a\n' +
        'revoked grant, and a removed one a denial. Stop every server on the folder. This accepts the rows as they are;\n' +
        'the audit log keeps what was wrong, and who accepted it. Missing names of users, aliases and the like, which\n' +
        'only lead to other rows, are made again from those. Settings, such names and last uses that another program edited\n' +
        'are removed: a setting is then as it is by default, and the audit log gets another key if its own was edited.',
    )
    .addOption(dataOption())
    .option('--yes', 'accept what there is')
    .option('--json', 'print JSON')
    .action(accept)
}

async function accept({ data, yes, json }: { data: DataFolder; yes?: boolean; json?: boolean }): Promise<void> {
  if (yes !== true)
    throw new UsageError('Accepting changed rows cannot be undone. Say --yes once you know what they are.')
  const { operator } = await import('@keyhold/server')
  const { problems, found, removed, restored, isOlder } = await operator.acceptDatabase(data)
  if (json === true) {
    printJson({ problems, rows: found, removed, restored, ...(isOlder !== undefined && { isOlder }) })
    return
  }
  const lines =
    problems.length === 0
      ? ['The database is as Keyhold left it: there is nothing to accept.']
      : ['Accepted:', ...problems.map((problem) => `  ${printable(problem)}`), ...counted('Rows:', found)]
  lines.push(...counted('Removed, as another program had edited them:', removed))
  lines.push(...counted('Made again, from the rows that they lead to:', restored))
  if (isOlder !== undefined) lines.push(printable(isOlder), 'Accept that too: keyhold operator accept-rollback.')
  printLine(lines.join('\n'))
}

function counted(title: string, rows: Readonly<Record<string, number>>): string[] {
  const counts = Object.entries(rows).map(([table, count]) => `  ${table}: ${count}`)
  return counts.length === 0 ? [] : [title, ...counts]
}
