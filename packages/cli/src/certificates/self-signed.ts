import { Command, Option } from 'commander'
import { printLine } from '../descriptors/standard.ts'
import { printJson } from '../terminal/print.ts'
import { properties } from '../terminal/table.ts'
import { type CertificateFiles, spanOf, writeNew } from './folder.ts'
import { daysOption, nameOption } from './options.ts'

/** Those who trust the authority do so once. */
const AUTHORITY_DAYS = 3650

interface Flags {
  name: string[]
  days: number
  out: string
  json?: boolean
}

export function selfSignedCommand(): Command {
  return new Command('self-signed')
    .summary('make a private authority and a certificate of a server')
    .description(
      'Makes a private authority (ca.pem, ca.key) and a certificate of a server (server.pem, server.key), for labs and tests.\n' +
        'Clients trust ca.pem. Who has ca.key can pass for any server before them: keep it away from the server.',
    )
    .addOption(nameOption('DNS name or IP address of the server; can be repeated').makeOptionMandatory())
    .addOption(daysOption())
    .addOption(new Option('-o, --out <dir>', 'the folder for the files, none of which may exist').default('tls'))
    .option('--json', 'print JSON')
    .action(selfSigned)
}

async function selfSigned({ name: names, days, out, json }: Flags): Promise<void> {
  const { issueAuthority, issueServer } = await import('./issue.ts')
  const authority = await issueAuthority(`Keyhold private authority for ${names[0] ?? ''}`, spanOf(AUTHORITY_DAYS))
  const files = await writeNew(out, authority, await issueServer(authority, names, spanOf(days)))
  if (json === true) return printJson({ names, ...files })
  printLine(report(names, files))
}

function report(names: readonly string[], { authority, authorityKey, certificate, key }: CertificateFiles): string {
  const pairs: [string, string][] = [
    ['Names', names.join(', ')],
    ['Authority', `${authority} (for clients: AWS_CA_BUNDLE, NODE_EXTRA_CA_CERTS, curl --cacert)`],
    ['Its key', `${authorityKey} (keep it away from the server)`],
    ['Certificate', certificate],
    ['Key', key],
  ]
  return `${properties(pairs)}\nStart the service with: keyhold serve --tls-cert ${certificate} --tls-key ${key} --listen ADDRESS`
}
