import { styleText } from 'node:util'
import type { LineOutput, RunningServer } from '@keyhold/server'
import { Command } from 'commander'
import { settingsOf } from '../configuration/configuration.ts'
import { withSettings } from '../configuration/options.ts'
import { SETTINGS } from '../configuration/settings.ts'
import { UsageError } from '../base/errors.ts'
import { printLine, terminalOutput, warn } from '../descriptors/standard.ts'
import { requireNoDebugger } from '../process/debugger.ts'
import { requireNoKeyLog } from '../process/key-log.ts'
import { clientEnvironment, commandEnvironment, exportLines } from './client-environment.ts'
import { callersOf } from './callers.ts'
import { reportReady, startDetached } from './detach.ts'
import { oidcIssuers } from './oidc-issuers.ts'
import { placesOf, tlsOf } from './places.ts'
import { ReadyFile } from './ready-file.ts'
import { printable } from '../terminal/printable.ts'
import { readText } from '../shared/read-text.ts'
import { runCommand } from '../process/run-command.ts'
import { exitCodeOf, stopSignal } from './stop-signal.ts'
import type { Stop } from './stop-signal.ts'

export function devCommand(): Command {
  const command = new Command('dev')
    .summary('run a server for development, which does not verify credentials')
    .description(
      'Runs a server for development and tests: credentials are not verified (a 12-digit access key id names the\n' +
        'account) and no policy is enforced, unless --enforce says so. With COMMAND, runs it with the endpoint and credentials in its\n' +
        'environment, stops with it and answers its exit code.',
    )
    .argument('[command...]', 'what to run against the server; put -- before it')
    .action((words: string[], _: object, self: Command) => dev(words, self))
  return withSettings(command, SETTINGS, 'dev')
}

/** Thousands of keys. */
const MAX_SEED_BYTES = 2 ** 24

async function dev(command: readonly string[], self: Command): Promise<void> {
  const settings = await settingsOf('dev', self)
  if (settings.detach) return await detach(command, settings.logFile ?? 'keyhold-dev.log')
  const readyFile = settings.readyFile === undefined ? undefined : new ReadyFile(settings.readyFile)
  const seed = settings.seed === undefined ? undefined : await readText(settings.seed, MAX_SEED_BYTES, 'a seed file')
  using stop = stopSignal()
  requireNoDebugger()
  requireNoKeyLog()
  const server = await import('@keyhold/server')
  const running = await server.dev({
    ...(await placesOf(settings)),
    durability: settings.audit,
    clock: settings.clock,
    enforce: settings.enforce,
    anyPrincipal: settings.anyPrincipal,
    grantDelayMs: settings.grantDelayMs,
    logLevel: settings.logLevel,
    ...(settings.logFormat !== undefined && { logFormat: settings.logFormat }),
    ...(settings.accessLog !== undefined && { accessLog: settings.accessLog }),
    ...callersOf(settings),
    ...tlsOf(settings),
    ...(settings.admin !== undefined && { admin: server.parseAdminAddress(settings.admin) }),
    ...(settings.allowedHosts && { allowedHosts: settings.allowedHosts }),
    ...(settings.data !== undefined && { folder: settings.data }),
    ...(seed !== undefined && { seed }),
    ...(settings.regions && { regions: settings.regions }),
    ...(await oidcIssuers(settings.oidc)),
  })
  try {
    readyFile?.write(running)
    requireNoDebugger() // what was asked for while this process started may open a little later
    const notes = server.plainOutput(2)
    banner(running.notices, notes)
    if (command.length > 0) process.exitCode = await runWith(running, command, notes, stop)
    else {
      const environment = exportLines(clientEnvironment(running.endpoint))
      server.plainOutput(1).write(`Ready. ${running.endpoint}\n\n${environment}\n`)
      reportReady(running.endpoint)
      await stop.asked
    }
  } finally {
    readyFile?.remove()
    await running.stop()
  }
}

/** Starts the server in the background, and says how to use and to stop it. */
async function detach(command: readonly string[], log: string): Promise<void> {
  if (command.length > 0) throw new UsageError('A server in the background runs no command: leave out --detach.')
  const outcome = await startDetached(log)
  if ('exitCode' in outcome) {
    warn(`keyhold: The server did not start. In ${printable(log)} it says:\n${outcome.said}`)
    process.exitCode = outcome.exitCode
    return
  }
  const { endpoint, pid } = outcome
  printLine(`Ready. ${endpoint}\n\n${exportLines(clientEnvironment(endpoint))}`)
  warn(`Process ${pid} runs in the background and writes to ${printable(log)}. Stop it with: kill ${pid}`)
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
