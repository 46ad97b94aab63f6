import { InvalidArgumentError, Option } from 'commander'

/** `--data` of a server that exists already. */
export function dataOption(): Option {
  return new Option('-d, --data <dir>', 'the data folder that keyhold init made')
    .env('KEYHOLD_DATA')
    .makeOptionMandatory()
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
