import { InvalidArgumentError, Option } from 'commander'

const DEFAULT_PORT = 5670

/** `--port`: loopback only, so nothing but the number. */
export function portOption(): Option {
  return new Option('-p, --port <number>', 'port on the loopback interface; 0 takes a free one')
    .env('KEYHOLD_PORT')
    .default(DEFAULT_PORT)
    .argParser(parsePort)
}

/** `--audit`: what an answer waits for. */
export function auditOption(): Option {
  return new Option('--audit <level>', 'an answer waits until its audit record is on disk, or handed to the system')
    .choices(['fsync', 'write'])
    .default('fsync')
}

/** `--data` of a server that exists already. */
export function dataOption(): Option {
  return new Option('-d, --data <dir>', 'the data folder that keyhold init made')
    .env('KEYHOLD_DATA')
    .makeOptionMandatory()
}

/** `--oidc`: whose tokens stand for identities. */
export function oidcOption(): Option {
  return new Option('--oidc <file>', 'YAML list of the OpenID Connect issuers whose tokens are accepted').env(
    'KEYHOLD_OIDC',
  )
}

/** `--regions`: the Regions that exist. */
export function regionsOption(otherwise: string): Option {
  return new Option(
    '--regions <names>',
    `the Regions that exist, with commas between them (default: ${otherwise})`,
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

/** `--rates`: as AWS does, or not at all. */
export function ratesOption(): Option {
  return new Option('--rates <rates>', "refuse requests beyond AWS's rates, or those of keyhold operator quota")
    .env('KEYHOLD_RATES')
    .choices(['on', 'off'])
    .default('on')
}

/** `--rate-workers`: request rates are those of the whole data folder, however many processes serve it. */
export function rateWorkersOption(): Option {
  return new Option('--rate-workers <number>', 'how many servers on this folder share the request rates')
    .env('KEYHOLD_RATE_WORKERS')
    .default(1)
    .argParser(parseWorkers)
}

/** `--reserve`: so that administrators can still make room on a full disk. */
export function reserveOption(): Option {
  return new Option('--reserve <MiB>', 'with less disk space free, answer administration only; 0 does not look')
    .env('KEYHOLD_RESERVE')
    .default(64)
    .argParser(parseMebibytes)
}

function parseMebibytes(text: string): number {
  if (/^\d{1,6}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('A reserve is a whole number of mebibytes, below 1,000,000.')
}

function parseWorkers(text: string): number {
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('The number of servers is a whole number from 1 to 9999.')
}

function parsePort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN
  if (port <= 65_535) return port
  throw new InvalidArgumentError('A port is a whole number from 0 to 65535.')
}
