import type { Engine, Vault } from './open.ts'
import type { Authenticate } from '../http/service.ts'
import { MovedTime } from '../../jobs/moved-time.ts'
import { Changeset } from '../../vault/records/changeset.ts'
import { putSetting, settingTable } from '../../vault/records/setting.ts'
import type { Clock } from '../../platform/clock.ts'
import { type StandingClock, standingClock } from '../../platform/standing-clock.ts'

/** The time of a development server. */
interface DevTime {
  /** Returns the clock of an open database. */
  open(vault: Database): Promise<Clock>
  /** Returns what moves the time, or `undefined` if it is the machine's time. */
  moved(engine: Engine): MovedTime | undefined
  /** Puts a time that is moved by hand back to its start, while nothing works on the database. */
  restart(): void
  /** Returns notices about the time for the developer. */
  notices(database: Database): Promise<string[]>
}

type Database = Pick<Vault, 'records'>

/** A setting of the database, so that the stored time is consistent with what was done at it. */
const NAME = 'moved-time'

/**
 * The machine's time, or a time that is moved by hand. A data folder continues at the time where it was left, or at the
 * machine's time if that is later: what was done in it is never in the future.
 */
export function devTime(kind: 'system' | 'manual', machine: Clock): DevTime {
  if (kind === 'system') {
    return {
      open: async () => machine,
      moved: () => undefined,
      restart: () => {},
      notices: (database) => behind(machine, database),
    }
  }
  let clock: StandingClock
  return {
    async open(vault) {
      clock = standingClock(Math.max(machine.now(), (await readMoved(vault)) ?? 0), machine)
      return clock
    },
    moved: (engine) => new MovedTime({ ...engine, clock }, { remember: (wallMs) => writeMoved(wallMs, engine) }),
    restart: () => clock.restart(),
    notices: async () => [`Time is ${iso(clock.now())} until POST /dev/clock moves it.`],
  }
}

/**
 * Authenticates callers by their own time, whatever the time of the server's folder: SDKs sign with the machine's time,
 * and renew sessions by it.
 */
export function atCallersTime(authenticate: Authenticate, callersClock: Clock): Authenticate {
  return (request) => authenticate({ ...request, receivedAtMs: callersClock.now() })
}

async function behind(machine: Clock, database: Database): Promise<string[]> {
  const movedMs = await readMoved(database)
  if (movedMs === undefined || movedMs <= machine.now()) return []
  return [
    `The time of this folder was moved to ${iso(movedMs)}: without --clock manual it is the machine's time again.`,
  ]
}

async function readMoved({ records }: Database): Promise<number | undefined> {
  const setting = await records.get(settingTable, { name: NAME })
  return setting && Number(setting.value.text)
}

/** If two processes use one folder, the later time is kept. */
async function writeMoved(wallMs: number, { records }: Database): Promise<void> {
  const previous = await records.get(settingTable, { name: NAME })
  if (previous && Number(previous.value.text) >= wallMs) return
  const changes = new Changeset()
  putSetting({ name: NAME, text: String(wallMs) }, previous, changes)
  await records.commit(changes)
}

function iso(ms: number): string {
  return new Date(ms).toISOString()
}
