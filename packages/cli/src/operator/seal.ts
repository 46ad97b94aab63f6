import { resolve } from 'node:path'
import { Command, Option } from 'commander'
import { printLine, warn } from '../descriptors/standard.ts'
import { EXIT } from '../process/exit.ts'
import { type DeedAnswer, NoServerError, socketsIn, tellServer } from '../shared/admin-sockets.ts'
import { readWhole } from '../shared/input.ts'
import { askSecret } from '../terminal/ask-secret.ts'
import { printJson } from '../terminal/print.ts'
import { printable } from '../terminal/printable.ts'

interface Flags {
  data: string
  json?: boolean
}

interface UnsealFlags extends Flags {
  passphraseFile?: string
  pinFile?: string
  share?: string[]
  identity?: string[]
  rootFile?: string[]
}

/** What a server is told, one after the other until it is open. */
interface Deed {
  path: string
  body: Uint8Array
}

/** What became of a server. */
interface Outcome extends DeedAnswer {
  socket: string
}

/** As much as a server takes. */
const MAX_BYTES = 16 * 1024
/** A socket that a killed server left. */
const GONE = ['ECONNREFUSED', 'ENOENT']

/** Not the option of other verbs: these open the data folder themselves, and this one a server does. */
function dataOption(): Option {
  return new Option('-d, --data <dir>', 'the data folder of the servers').env('KEYHOLD_DATA').makeOptionMandatory()
}

export function sealCommand(): Command {
  return new Command('seal')
    .summary('seal the servers of a data folder: no key stays in their memory')
    .description(
      'Seals every server that has its admin socket in the data folder. Each answers what is under way, records that it is sealed,\n' +
        'and drops all keys from memory. It then refuses every request until it is unsealed, or started again.',
    )
    .addOption(dataOption())
    .option('--json', 'print JSON')
    .action(async ({ data, json }: Flags) =>
      report(await tellAll(data, [{ path: '/seal', body: new Uint8Array() }]), 'sealed', json),
    )
}

export function unsealCommand(): Command {
  const file = (flags: string, about: string): Option =>
    new Option(flags, about).argParser((text: string, before: string[] | undefined) => [...(before ?? []), text])
  return new Command('unseal')
    .summary('unseal the servers of a data folder, without a restart')
    .description(
      'Gives every sealed server that has its admin socket in the data folder what opens its root of trust. Without options it tries\n' +
        'again what needs no person, and then asks at a terminal for a passphrase. Shares may come one by one: a server keeps them for\n' +
        'fifteen minutes. Exit code 7 if a server stays sealed.',
    )
    .addOption(dataOption())
    .option('--passphrase-file <file>', 'the file with the passphrase; - for standard input')
    .option('--pin-file <file>', 'the file with the PIN of a token; - for standard input')
    .addOption(file('--share <file>', 'a file with a recovery share; once for each'))
    .addOption(file('--identity <file>', 'a file with an age identity, which the server reads; may be repeated'))
    .addOption(file('--root-file <file>', 'a root file, which the server reads; may be repeated'))
    .option('--json', 'print JSON')
    .action(unseal)
}

async function unseal({ data, json, ...flags }: UnsealFlags): Promise<void> {
  const deeds = await deedsOf(flags)
  try {
    let outcomes = await tellAll(data, deeds)
    if (deeds.every(({ path }) => path === '/unseal') && outcomes.some(({ status }) => status === 202)) {
      using passphrase = await askSecret('Passphrase: ')
      if (passphrase) outcomes = await tellAll(data, [{ path: '/unseal/passphrase', body: passphrase.reveal() }])
    }
    report(outcomes, 'open', json)
  } finally {
    for (const { body } of deeds) body.fill(0)
  }
}

async function deedsOf(flags: Omit<UnsealFlags, 'data' | 'json'>): Promise<Deed[]> {
  const secret = async (path: string, file: string): Promise<Deed> => ({
    path,
    body: withoutLineEnd(await readWhole(file, MAX_BYTES, 'what unseals a server')),
  })
  const named = (path: string, file: string): Deed => ({ path, body: Buffer.from(resolve(file)) })
  const deeds = [
    ...(flags.rootFile ?? []).map((file) => named('/unseal/root-file', file)),
    ...(flags.identity ?? []).map((file) => named('/unseal/identity', file)),
  ]
  if (flags.passphraseFile !== undefined) deeds.push(await secret('/unseal/passphrase', flags.passphraseFile))
  if (flags.pinFile !== undefined) deeds.push(await secret('/unseal/pin', flags.pinFile))
  for (const file of flags.share ?? []) deeds.push(await secret('/unseal/share', file))
  return deeds.length > 0 ? deeds : [{ path: '/unseal', body: new Uint8Array() }]
}

/** Editors end a file with a line break. */
function withoutLineEnd(bytes: Uint8Array): Uint8Array {
  let end = bytes.length
  while (end > 0 && (bytes[end - 1] === 0x0a || bytes[end - 1] === 0x0d)) end--
  return bytes.subarray(0, end)
}

async function tellAll(folder: string, deeds: readonly Deed[]): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  for (const socket of await socketsIn(folder)) {
    try {
      outcomes.push({ socket, ...(await tell(socket, deeds)) })
    } catch (error) {
      if (!GONE.includes((error as NodeJS.ErrnoException).code ?? '')) throw error
    }
  }
  if (outcomes.length > 0) return outcomes
  throw new NoServerError(`No server has an admin socket in ${folder}.`)
}

async function tell(socket: string, deeds: readonly Deed[]): Promise<DeedAnswer> {
  let last: DeedAnswer = { status: 0 }
  for (const { path, body } of deeds) {
    last = await tellServer(socket, path, body)
    if (last.state === 'open') break
  }
  return last
}

function report(outcomes: readonly Outcome[], wanted: string, json: boolean | undefined): void {
  if (json === true) printJson({ servers: outcomes })
  for (const { socket, state, message = '', shares } of outcomes) {
    if (state !== wanted) process.exitCode = EXIT.keyUnusable
    if (json === true) continue
    const kept = shares === undefined ? '' : ` It has ${shares} ${shares === 1 ? 'share' : 'shares'}.`
    if (state === wanted) printLine(`${printable(socket)}: ${wanted}.`)
    else warn(`keyhold: ${printable(socket)}: ${printable(message)}${kept}`)
  }
}
