import { styleText } from 'node:util'
import type { LineOutput, RunningServer } from '@keyhold/server'
import { Command, InvalidArgumentError, Option } from 'commander'
import { terminalOutput } from '../descriptors/standard.ts'
import { requireNoDebugger } from '../process/debugger.ts'
import { clientEnvironment, commandEnvironment, exportLines } from './client-environment.ts'
import { oidcIssuers } from './oidc-issuers.ts'
import { auditOption, oidcOption, portOption, regionsOption } from '../shared/data-options.ts'
import { readText } from '../shared/read-text.ts'
import { runCommand } from '../process/run-command.ts'
import { exitCodeOf, stopSignal } from './stop-signal.ts'
import type { Stop } from './stop-signal.ts'

interface DevFlags {
  port: number
  data?: string
  seed?: string
  clock: 'system' | 'manual'
  enforce?: boolean
  anyPrincipal?: boolean
  grantDelayMs?: number
  audit: 'fsync' | 'write'
  oidc?: string
  regions?: string[]
}

export function devCommand(): Command {
  return new Command('dev')
    .summary('run a server for development, which does not verify credentials')
    .description(
      'Runs a server for development and tests: credentials are not verified (a 12-digit access key id names the\n' +
        'account) and no policy is enforced, unless --enforce says so. With COMMAND, runs it with the endpoint and credentials in its\n' +
        'environment, stops with it and answers its exit code.',
    )
    .argument('[command...]', 'what to run against the server; put -- before it')
    .addOption(portOption())
    .option('-d, --data <dir>', 'keep keys in this folder; without it they die with the process')
    .option('--seed <file>', 'YAML file of keys and aliases to make at start')
    .addOption(
      new Option('--clock <clock>', 'manual: time does not pass until POST /dev/clock moves it')
        .choices(['system', 'manual'])
        .default('system'),
    )
    .option('--enforce', 'enforce policies: a caller that names an account is its root, and access keys must be proved')
    .option('--any-principal', 'policies and grants may name accounts and services that are not there')
    .option('--grant-delay-ms <number>', 'a new grant acts only with its token for so long', parseDelay)
    .addOption(auditOption())
    .addOption(oidcOption())
    .addOption(regionsOption('all'))
    .action(dev)
}

/** Thousands of keys. */
const MAX_SEED_BYTES = 2 ** 24

async function dev(command: string[], flags: DevFlags): Promise<void> {
  const seed = flags.seed === undefined ? undefined : await readText(flags.seed, MAX_SEED_BYTES, 'a seed file')
  using stop = stopSignal()
  requireNoDebugger()
  const server = await import('@keyhold/server')
  const running = await server.dev({
    port: flags.port,
    durability: flags.audit,
    clock: flags.clock,
    ...(flags.enforce === true && { enforce: true }),
    ...(flags.anyPrincipal === true && { anyPrincipal: true }),
    ...(flags.grantDelayMs !== undefined && { grantDelayMs: flags.grantDelayMs }),
    ...(flags.data !== undefined && { folder: flags.data }),
    ...(seed !== undefined && { seed }),
    ...(flags.regions && { regions: flags.regions }),
    ...(await oidcIssuers(flags.oidc)),
  })
  try {
    requireNoDebugger() // what was asked for while this process started may open a little later
    const notes = server.plainOutput(2)
    banner(running.notices, notes)
    if (command.length > 0) process.exitCode = await runWith(running, command, notes, stop)
    else {
      const environment = exportLines(clientEnvironment(running.endpoint))
      server.plainOutput(1).write(`Ready. ${running.endpoint}\n\n${environment}\n`)
      await stop.asked
    }
  } finally {
    await running.stop()
  }
}

/** AWS's grants act everywhere within five minutes: longer delays test nothing. */
const MAX_GRANT_DELAY_MS = 300_000

function parseDelay(text: string): number {
  const delayMs = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN
  if (delayMs <= MAX_GRANT_DELAY_MS) return delayMs
  throw new InvalidArgumentError(`A delay is a whole number of milliseconds, at most ${MAX_GRANT_DELAY_MS}.`)
}

/** Standard output belongs to the command, so what we say goes to standard error. */
function runWith(
  running: RunningServer,
  command: readonly string[],
  notes: LineOutput,
  stop: Stop,
): Promise<number> | number {
  if (stop.signal !== undefined) return exitCodeOf(stop.signal)
  notes.write(`Ready. ${running.endpoint}\n`)
  const ended = runCommand(command, commandEnvironment(process.env, running.endpoint))
  stop[Symbol.dispose]() // signals are the command's from now on
  return ended
}

function banner(notices: readonly string[], notes: LineOutput): void {
  const title = ' KEYHOLD DEV: NOT FOR REAL DATA '
  const stream = terminalOutput(2)
  notes.write(`${stream === undefined ? title : styleText(['bold', 'white', 'bgRed'], title, { stream })}\n`)
  for (const notice of notices) notes.write(`  - ${notice}\n`)
}
