import { Command } from 'commander'
import { requireNoDebugger } from '../process/debugger.ts'
import { oidcIssuers } from './oidc-issuers.ts'
import {
  auditOption,
  dataOption,
  oidcOption,
  portOption,
  ratesOption,
  rateWorkersOption,
  reserveOption,
} from '../shared/data-options.ts'
import { stopSignal } from './stop-signal.ts'

interface ServeFlags {
  data: string
  port: number
  audit: 'fsync' | 'write'
  oidc?: string
  rates: 'on' | 'off'
  rateWorkers: number
  reserve: number
}

export function serveCommand(): Command {
  return new Command('serve')
    .summary('run the service on a folder that keyhold init made')
    .description(
      'Runs the service: every signature verified, every request audited. SIGTERM, SIGINT, SIGHUP and SIGQUIT answer\n' +
        'what is under way and stop; a second one stops at once.',
    )
    .addOption(dataOption())
    .addOption(portOption())
    .addOption(auditOption())
    .addOption(oidcOption())
    .addOption(ratesOption())
    .addOption(rateWorkersOption())
    .addOption(reserveOption())
    .action(serve)
}

async function serve(flags: ServeFlags): Promise<void> {
  using stop = stopSignal()
  requireNoDebugger()
  const server = await import('@keyhold/server')
  const running = await server.serve({
    folder: flags.data,
    port: flags.port,
    durability: flags.audit,
    rates: flags.rates,
    rateWorkers: flags.rateWorkers,
    reserveMebibytes: flags.reserve,
    ...(await oidcIssuers(flags.oidc)),
  })
  const notes = server.plainOutput(2)
  for (const notice of running.notices) notes.write(`Note: ${notice}\n`)
  server.plainOutput(1).write(`Ready. ${running.endpoint}\n`)
  await stop.asked
  await running.stop()
}
