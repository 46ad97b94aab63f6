import type { ListenAddress, ServeOptions } from '@keyhold/server'
import { Command } from 'commander'
import { settingsOf } from '../configuration/configuration.ts'
import { withSettings } from '../configuration/options.ts'
import { SETTINGS } from '../configuration/settings.ts'
import { requireNoDebugger } from '../process/debugger.ts'
import { callersOf } from './callers.ts'
import { oidcIssuers } from './oidc-issuers.ts'
import { stopSignal } from './stop-signal.ts'

export function serveCommand(): Command {
  const command = new Command('serve')
    .summary('run the service on a folder that keyhold init made')
    .description(
      'Runs the service: every signature verified, every request audited. SIGTERM, SIGINT, SIGHUP and SIGQUIT answer\n' +
        'what is under way and stop; a second one stops at once.',
    )
    .action((_: object, self: Command) => serve(self))
  return withSettings(command, SETTINGS, 'serve')
}

async function serve(command: Command): Promise<void> {
  const settings = await settingsOf('serve', command)
  using stop = stopSignal()
  requireNoDebugger()
  const server = await import('@keyhold/server')
  const running = await server.serve({
    folder: settings.data,
    ...placesOf(settings, server.takeInheritedSockets(process.env, process.pid)),
    durability: settings.audit,
    rates: settings.rates ? 'on' : 'off',
    rateWorkers: settings.rateWorkers,
    reserveMebibytes: settings.reserve,
    logLevel: settings.logLevel,
    ...callersOf(settings),
    ...(await oidcIssuers(settings.oidc)),
  })
  const notes = server.plainOutput(2)
  for (const notice of running.notices) notes.write(`Note: ${notice}\n`)
  server.plainOutput(1).write(`Ready. ${running.endpoints.join(' ')}\n`)
  await stop.asked
  await running.stop()
}

/** The sockets that a service manager opened, or else the port. */
function placesOf(
  { port }: { port: number },
  inherited: readonly ListenAddress[],
): Pick<ServeOptions, 'port' | 'listen'> {
  return inherited.length > 0 ? { listen: inherited } : { port }
}
