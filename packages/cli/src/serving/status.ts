import { Command, Option } from 'commander'
import { UsageError } from '../base/errors.ts'
import { print } from '../descriptors/standard.ts'
import { EXIT } from '../process/exit.ts'
import { printJson } from '../terminal/print.ts'
import { askServers } from './status/ask.ts'
import { report } from './status/report.ts'

interface StatusFlags {
  data?: string
  admin?: string
  json?: boolean
}

export function statusCommand(): Command {
  return new Command('status')
    .summary('say how a running server is')
    .description(
      'Asks the admin listeners of the servers that run on a data folder: whether each is ready and why not, its certificates,\n' +
        'keys, audit log and disk. Needs no root of trust and no credentials. Exit code 4 if no server answers, or one is not ready.',
    )
    .addOption(new Option('-d, --data <dir>', 'the data folder of the servers').env('KEYHOLD_DATA'))
    .addOption(
      new Option('--admin <address>', 'the admin listener of one server: HOST:PORT or unix:PATH').env('KEYHOLD_ADMIN'),
    )
    .option('--json', 'print JSON')
    .action(status)
}

async function status({ data, admin, json }: StatusFlags): Promise<void> {
  if (data === undefined && (admin === undefined || admin === 'off')) {
    throw new UsageError('Name the data folder with --data or KEYHOLD_DATA, or an admin listener with --admin.')
  }
  const servers = await askServers({ data, admin: admin === 'off' ? undefined : admin })
  if (json === true) printJson({ servers })
  else print(servers.map(({ admin: at, status: shown }) => report(at, shown)).join('\n'))
  if (servers.some(({ status: shown }) => !shown.health.ready)) process.exitCode = EXIT.unreachable
}
