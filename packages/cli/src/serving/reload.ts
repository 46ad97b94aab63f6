import type { Reloaded } from '@keyhold/server'
import { needRestart } from '../configuration/changes.ts'
import { type Settings, SETTINGS } from '../configuration/settings.ts'
import { describeFailure } from '../process/exit.ts'
import { printable } from '../terminal/printable.ts'
import { serverFailure } from './failure.ts'

interface Reload {
  /** Reads the settings again. */
  read(): Promise<Settings<'serve'>>
  /** Hands them to the server. */
  use(settings: Settings<'serve'>): Promise<Reloaded>
}

/** Has a running server take its settings again. Never rejects: what became of it is said, one fact a line. */
export async function reloadNotes(started: Settings<'serve'>, { read, use }: Reload): Promise<string[]> {
  try {
    const settings = await read()
    const reloaded = await use(settings)
    const fixed = needRestart(SETTINGS, started, settings)
    return notesOf({ ...reloaded, needsRestart: [...new Set([...fixed, ...reloaded.needsRestart])] })
  } catch (error) {
    const { message } = serverFailure(error) ?? describeFailure(error)
    return ['The new settings are refused, and the ones before stay in use.', ...message.split('\n')]
  }
}

function notesOf({ applied, refused, needsRestart }: Reloaded): string[] {
  const lines = [
    ...(applied.length === 0 ? [] : [`In use now: ${applied.join(', ')}.`]),
    ...refused.map(({ what, why }) => `Refused, and as before: ${what}: ${why}`),
    ...(needsRestart.length === 0 ? [] : [`Only a restart changes: ${needsRestart.join(', ')}.`]),
  ]
  const outcome = lines.length === 0 ? ['Nothing has changed.'] : lines
  return outcome.map((line) => printable(`Settings read again. ${line}`))
}
