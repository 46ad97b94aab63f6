import type { Answers, DataFolder } from '@keyhold/server'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { warn } from '../descriptors/standard.ts'
import { printable } from '../terminal/printable.ts'
import { askShare, readShares } from './share-files.ts'
import { awsCredentials } from './aws-credentials.ts'
import { askSecret } from '../terminal/ask-secret.ts'

/** `--data` of a server that exists already. */
export function dataOption(): Option {
  return new Option('-d, --data <dir>', 'the data folder that keyhold init made')
    .env('KEYHOLD_DATA')
    .makeOptionMandatory()
}

/** What opens a root of trust beside what the data folder says. */
interface RootFlags {
  data: string
  rootFile?: string[]
  passphraseFile?: string
  identity?: string[]
  share?: string[]
  pinFile?: string
  tryPin?: boolean
}

/**
 * Adds the options that help to open the root of a data folder to each command that takes one, groups included. Its action gets
 * `data` as a {@link DataFolder}.
 */
export function withRoot(commands: readonly Command[]): Command[] {
  for (const command of commands) {
    withRoot(command.commands)
    if (command.options.some(({ long }) => long === '--data')) addRootOptions(command)
  }
  return [...commands]
}

function addRootOptions(command: Command): void {
  command
    .addOption(files('--root-file <file>', 'a root file to try first; may be repeated', 'KEYHOLD_ROOT_FILE'))
    .addOption(
      new Option('--passphrase-file <file>', "the file with the root's passphrase").env('KEYHOLD_PASSPHRASE_FILE'),
    )
    .addOption(files('--identity <file>', 'a file with age identities; may be repeated', 'KEYHOLD_IDENTITY'))
    .addOption(files('--share <file>', 'a file with a recovery share; once for each', 'KEYHOLD_SHARE'))
    .addOption(new Option('--pin-file <file>', "the file with the PIN of the root's token").env('KEYHOLD_PIN_FILE'))
    .option('--try-pin', 'try a PIN although one was refused before, or the last try of a token is left')
    .hook('preAction', async () => {
      command.setOptionValue('data', await dataFolder(command.opts<RootFlags>()))
    })
}

async function dataFolder(flags: RootFlags): Promise<DataFolder> {
  const { data, rootFile, passphraseFile, identity, share, pinFile, tryPin } = flags
  const answers: Answers = {
    ...(rootFile && { rootFiles: rootFile }),
    ...(passphraseFile !== undefined && { passphraseFile }),
    ...(identity && { identities: identity }),
    ...(share && { shares: await readShares(share) }),
    ...(pinFile !== undefined && { pinFile }),
    ...(tryPin && { tryPin }),
    passphrase: ({ name }) => askSecret(`Passphrase of the way ${name}: `),
    pin: ({ name }) => askSecret(`PIN of the token of the way ${name}: `),
    share: askShare,
    warn: (sentence) => warn(`keyhold: ${printable(sentence)}`),
    awsCredentials,
  }
  return { folder: data, answers }
}

/** Files, each after the option once more, or with commas between them. */
function files(flags: string, description: string, variable: string): Option {
  return new Option(flags, description)
    .env(variable)
    .argParser((text: string, before: string[] | undefined) => [...(before ?? []), ...text.split(',')])
}

/** `--regions`: the Regions that exist. */
export function regionsOption(): Option {
  return new Option(
    '--regions <names>',
    'the Regions that exist, with commas between them (default: those of AWS)',
  ).argParser((text: string) => text.split(','))
}

/** `--credentials-file`: where an access key goes that would else be printed. */
export function credentialsFileOption(): Option {
  return new Option(
    '--credentials-file <file>',
    'write the access key there (AWS shared-credentials form, 0600), not here',
  )
}

export function parseAccount(text: string): string {
  if (/^\d{12}$/.test(text)) return text
  throw new InvalidArgumentError('An account id is 12 digits.')
}
