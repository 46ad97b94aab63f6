import { Command, Option } from 'commander'
import { UsageError } from '../base/errors.ts'
import { printLine } from '../descriptors/standard.ts'
import { printJson } from '../terminal/print.ts'
import { properties } from '../terminal/table.ts'
import { readAuthority, replaceServer, spanOf } from './folder.ts'
import { daysOption, nameOption } from './options.ts'

interface Flags {
  name?: string[]
  days: number
  out: string
  json?: boolean
}

export function renewCommand(): Command {
  return new Command('renew')
    .summary('make a new certificate of the server under the same authority')
    .description(
      'Replaces server.pem and server.key, which self-signed made, by new ones of the same authority. A server that uses them\n' +
        'takes the new ones within ten seconds, and clients go on trusting ca.pem.',
    )
    .addOption(nameOption('DNS name or IP address of the server; can be repeated (default: those of server.pem)'))
    .addOption(daysOption())
    .addOption(new Option('-o, --out <dir>', 'the folder with the files').default('tls'))
    .option('--json', 'print JSON')
    .action(renew)
}

async function renew({ name, days, out, json }: Flags): Promise<void> {
  const { issueServer, serverNames } = await import('./issue.ts')
  const { authority, server } = await readAuthority(out)
  const names = name ?? attempt(() => serverNames(server))
  if (names.length === 0) throw unusable(out)
  const issued = await issueServer(authority, names, spanOf(days)).catch((cause: unknown) => {
    throw unusable(out, cause)
  })
  const files = await replaceServer(out, issued)
  if (json === true) return printJson({ names, certificate: files.certificate, key: files.key })
  printLine(
    properties([
      ['Names', names.join(', ')],
      ['Certificate', files.certificate],
      ['Key', files.key],
    ]),
  )
}

function attempt(read: () => string[]): string[] {
  try {
    return read()
  } catch {
    return []
  }
}

function unusable(folder: string, cause?: unknown): UsageError {
  return new UsageError(`The files in ${JSON.stringify(folder)} are not those of \`keyhold cert self-signed\`.`, {
    cause,
  })
}
