import type { ServeOptions } from '@keyhold/server'
import { Command } from 'commander'
import { UsageError } from '../base/errors.ts'
import { settingsOf } from '../configuration/configuration.ts'
import { withSettings } from '../configuration/options.ts'
import { type Settings, SETTINGS } from '../configuration/settings.ts'
import { requireNoDebugger } from '../process/debugger.ts'
import { requireNoKeyLog } from '../process/key-log.ts'
import { ENDING_SIGNALS } from '../process/die-by.ts'
import { Announcer, note } from './announcer.ts'
import { hangUps } from './hang-ups.ts'
import { placesOf } from './places.ts'
import { ReadyFile } from './ready-file.ts'
import { reloadNotes } from './reload.ts'
import { rootAnswers, serveOptions } from './serve-options.ts'
import { serviceManager } from './service-manager.ts'
import { stopSignal } from './stop-signal.ts'

export function serveCommand(): Command {
  const command = new Command('serve')
    .summary('run the service on a folder that keyhold init made')
    .description(
      'Runs the service: every signature verified, every request audited. SIGTERM, SIGINT and SIGQUIT answer what is\n' +
        'under way and stop; a second one stops at once. SIGHUP reads the settings again.',
    )
    .option(
      '--accept-rollback <change>',
      'go on with a database that was put back and ends with this change: see keyhold operator accept-rollback',
    )
    .action((_: object, self: Command) => serve(self))
  return withSettings(command, SETTINGS, 'serve')
}

/** On Windows SIGHUP comes when the console closes. */
const STOPPING = ENDING_SIGNALS.filter((signal) => signal !== 'SIGHUP' || process.platform === 'win32')

async function serve(command: Command): Promise<void> {
  const settings = await settingsOf('serve', command)
  const readyFile = settings.readyFile === undefined ? undefined : new ReadyFile(settings.readyFile)
  using stop = stopSignal(STOPPING)
  using hungUp = hangUps()
  using manager = serviceManager()
  requireNoDebugger()
  requireNoKeyLog()
  const server = await import('@keyhold/server')
  const inherited = server.takeInheritedSockets(process.env, process.pid)
  const running = await server.serve({
    folder: settings.data,
    answers: rootAnswers(settings),
    ...(await placesOf(settings, inherited)),
    insecureHttp: settings.insecureHttp,
    rotateDomainsDays: settings.rotateDomainsEvery,
    requireOpen: settings.requireOpen,
    ...(settings.admin !== undefined && { admin: server.parseAdminAddress(settings.admin) }),
    ...(settings.checkpointFile !== undefined && { checkpointFile: settings.checkpointFile }),
    ...acceptedRollback(command),
    ...backupsOf(settings),
    ...(await serveOptions(settings)),
  })
  try {
    const notes = server.plainOutput(2)
    for (const notice of running.notices) note(notes, notice)
    const announcer = new Announcer({ running, readyFile, manager, output: server.plainOutput(1), notes })
    await announcer.begin()
    hungUp.answer(async () => {
      await manager.reloading()
      const again = await reloadNotes(settings, {
        read: () => settingsOf('serve', command),
        use: async (changed) => running.reload(await serveOptions(changed)),
      })
      for (const line of again) note(notes, line)
      await announcer.tellManager()
    })
    await stop.asked
    await manager.stopping()
  } finally {
    readyFile?.remove()
    await running.stop()
  }
}

function backupsOf(settings: Settings<'serve'>): Pick<ServeOptions, 'backups'> {
  const { backupTo: to, backupEvery, backupFullEvery, backupKeep: keep } = settings
  if (to === undefined) return {}
  return { backups: { to, everyMs: backupEvery * MINUTE_MS, fullEveryMs: backupFullEvery * MINUTE_MS, keep } }
}

const MINUTE_MS = 60_000

/** It names the state that is accepted: left in a unit file, it accepts no other one later. */
function acceptedRollback(command: Command): { acceptRollback?: number } {
  const { acceptRollback: text } = command.opts<{ acceptRollback?: string }>()
  if (text === undefined) return {}
  if (!/^\d{1,15}$/.test(text))
    throw new UsageError('--accept-rollback wants the number of a change, which the error names.')
  return { acceptRollback: Number(text) }
}
