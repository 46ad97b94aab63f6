/**
 * Opens a data folder without Keyhold: an offline reader that shares no code with the server and needs nothing but Node 24 or
 * later. Written from docs/spec; what it cannot open is not specified there.
 */
import { parseArgs } from 'node:util'
import { COMMANDS, type Wanted } from './commands.ts'
import { Failure } from './failure.ts'
import { unpackBackup } from './backup.ts'
import { type Have, identitiesOf, openRoots } from './roots.ts'
import { openVault } from './vault.ts'

const USAGE = `Usage: keyhold-recover COMMAND --data DIR (--root-file FILE | --share FILE ... | --identity FILE | --passphrase-file FILE)

  list                                what is in the folder, and whether every row verifies
  material KEY --to FILE [--material ID]   the material of a key: its bytes, or PKCS #8 in DER
  access-keys --to FILE               all access keys, as a credentials file of AWS
  blob FILE --to FILE [-c NAME=VALUE ...]  opens a ciphertext of Encrypt or GenerateDataKey
  backup FILE --to DIR                unpacks a full backup into a new data folder; needs shares or an identity, and no --data
  message FILE --to FILE [-c NAME=VALUE ...]   decrypts what keyhold encrypt wrote
          [--key-file FILE] [--branch-keys DIR --store-name NAME]   by way of these

Nothing is changed, and no server is asked. Files are made with mode 0600 and never replaced.`

const OPTIONS = {
  data: { type: 'string' },
  'root-file': { type: 'string' },
  share: { type: 'string', multiple: true },
  identity: { type: 'string' },
  'passphrase-file': { type: 'string' },
  to: { type: 'string' },
  context: { type: 'string', short: 'c', multiple: true },
  'key-file': { type: 'string' },
  'branch-keys': { type: 'string' },
  'store-name': { type: 'string' },
  material: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const

type Values = ReturnType<typeof parse>['values']

function parse(args: string[]) {
  return parseArgs({ args, options: OPTIONS, allowPositionals: true })
}

function main(args: string[]): void {
  const { values, positionals } = parse(args)
  const [verb = '', name = ''] = positionals
  if (verb === 'backup' && values.to !== undefined) {
    console.log(unpackBackup(name, values.to, identitiesOf(haveOf(values))))
    return
  }
  const command = COMMANDS[verb]
  if (values.help === true || command === undefined || values.data === undefined) {
    console.log(USAGE)
    process.exitCode = values.help === true ? 0 : 2
    return
  }
  if (verb !== 'list' && values.to === undefined) throw new Failure('Name the file to write with --to.')
  const vault = openVault(values.data, openRoots(values.data, haveOf(values)))
  console.log(command(vault, wantedOf(name, values)))
  if (vault.faults.length === 0) return
  console.error(`${vault.faults.length} rows do not verify or open:\n${vault.faults.join('\n')}`)
  process.exitCode = 8
}

function haveOf({ share = [], identity, ...values }: Values): Have {
  return { rootFile: values['root-file'], shares: share, identity, passphraseFile: values['passphrase-file'] }
}

function wantedOf(name: string, { to = '', context = [], material, ...values }: Values): Wanted {
  const branchKeys = values['branch-keys'] && { folder: values['branch-keys'], name: values['store-name'] ?? '' }
  return {
    name,
    to,
    context: Object.fromEntries(context.map(pairOf)),
    ...(values['key-file'] && { keyFile: values['key-file'] }),
    ...(branchKeys && { branchKeys }),
    ...(material && { material }),
  }
}

function pairOf(text: string): [string, string] {
  const at = text.indexOf('=')
  if (at < 1) throw new Failure(`${text} is no pair: write NAME=VALUE.`)
  return [text.slice(0, at), text.slice(at + 1)]
}

try {
  main(process.argv.slice(2))
} catch (error) {
  console.error(error instanceof Error ? `Error: ${error.message}` : error)
  process.exitCode = 7
}
