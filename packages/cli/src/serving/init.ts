import { resolve } from 'node:path'
import { Command, InvalidArgumentError } from 'commander'
import { properties } from '../terminal/table.ts'
import { CredentialsFile } from './credentials-file.ts'

interface InitFlags {
  credentialsFile?: string
  rootFile?: string
  account?: string
}

const EXAMPLES = `
Example:
  keyhold init ./vault --credentials-file ./vault.credentials
  keyhold serve --data ./vault
  AWS_SHARED_CREDENTIALS_FILE=./vault.credentials aws kms list-keys --endpoint-url http://127.0.0.1:5670`

export function initCommand(): Command {
  return new Command('init')
    .summary('make a data folder, its root of trust and its first administrator')
    .description(
      'Makes a data folder for keyhold serve. The root of trust is written beside it (DIR.root): whoever has both has\n' +
        'every key, and without the root no key opens again. The access key of the first administrator is shown once.',
    )
    .argument('<dir>', 'the folder to make; it may exist, but only empty')
    .option('--credentials-file <file>', 'write the access key there (AWS shared-credentials form, 0600), not here')
    .option('--root-file <file>', 'where to write the root of trust (default: DIR.root)')
    .option('--account <id>', 'the account id, 12 digits (default: random)', parseAccount)
    .addHelpText('after', EXAMPLES)
    .action(init)
}

async function init(folder: string, flags: InitFlags): Promise<void> {
  const { initialize } = await import('@keyhold/server')
  // Made first: once the folder exists, its access key must have somewhere to go.
  const credentials =
    flags.credentialsFile === undefined ? undefined : await CredentialsFile.create(flags.credentialsFile)
  try {
    const made = await initialize({
      folder,
      ...(flags.rootFile !== undefined && { rootFile: flags.rootFile }),
      ...(flags.account !== undefined && { accountId: flags.account }),
    })
    using secret = made.secretAccessKey
    await credentials?.write(made.accessKeyId, secret)
    const secretText = credentials === undefined ? Buffer.from(secret.reveal()).toString('latin1') : undefined
    console.log(report(folder, made, secretText, credentials?.path))
  } catch (error) {
    await credentials?.discard()
    throw error
  }
}

interface Made {
  accountId: string
  arn: string
  accessKeyId: string
  rootFile: string
}

function report(folder: string, made: Made, secret: string | undefined, credentialsFile: string | undefined): string {
  const pairs: [string, string][] = [
    ['Data folder', resolve(folder)],
    ['Root of trust', made.rootFile],
    ['Account', made.accountId],
    ['Administrator', made.arn],
    ['Access key id', made.accessKeyId],
    secret === undefined ? ['Secret', `in ${credentialsFile}`] : ['Secret', secret],
  ]
  const once = secret === undefined ? '' : '\nThe secret is not shown again: keep it now.'
  return (
    properties(pairs) +
    once +
    '\nBack the root of trust up apart from the data folder: without it no key opens again.' +
    `\nStart the service with: keyhold serve --data ${folder}`
  )
}

function parseAccount(text: string): string {
  if (/^\d{12}$/.test(text)) return text
  throw new InvalidArgumentError('An account id is 12 digits.')
}
