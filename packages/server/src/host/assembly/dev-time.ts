import type { Engine, Vault } from './engine.ts'
import type { Authenticate } from '../http/service.ts'
import { MovedTime } from '../../jobs/moved-time.ts'
import { readSetting, writeSetting } from '../../vault/records/settings.ts'
import type { Clock } from '../../platform/clock.ts'
import { type StandingClock, standingClock } from '../../platform/standing-clock.ts'

/** Which time a development server has. */
interface DevTime {
  /** The clock of an open database. */
  open(vault: Database): Promise<Clock>
  /** What moves it; `undefined` where it is the machine's. */
  moved(engine: Engine): MovedTime | undefined
  /** What those who start the server must know of its time. */
  notices(database: Database): Promise<string[]>
}

type Database = Pick<Vault, 'store' | 'hierarchy' | 'random'>

/** A setting of the database, so that it is as old as what was done at that time. */
const NAME = 'moved-time'

/**
 * The machine's time, or one that stands still until it is moved. A data folder goes on where its time was left, or at the
 * machine's time where that is later: what was done in it is never in the future.
 */
export function devTime(kind: 'system' | 'manual', machine: Clock): DevTime {
  if (kind === 'system') {
    return { open: async () => machine, moved: () => undefined, notices: (database) => behind(machine, database) }
  }
  let clock: StandingClock
  return {
    async open(vault) {
      clock = standingClock(Math.max(machine.now(), (await readMoved(vault)) ?? 0), machine)
      return clock
    },
    moved: (engine) => new MovedTime({ ...engine, clock }, { remember: (wallMs) => writeMoved(wallMs, engine) }),
    notices: async () => [`Time stands at ${iso(clock.now())} until POST /dev/clock moves it.`],
  }
}

/**
 * Callers are judged at the time that they have, whatever the time of the server's folder is: SDKs sign with the machine's
 * time, and fetch a new session before one ends by it.
 */
export function atCallersTime(authenticate: Authenticate, callersClock: Clock): Authenticate {
  return (request) => authenticate({ ...request, receivedAtMs: callersClock.now() })
}

async function behind(machine: Clock, database: Database): Promise<string[]> {
  const movedMs = await readMoved(database)
  if (movedMs === undefined || movedMs <= machine.now()) return []
  return [
    `Time of this folder was moved to ${iso(movedMs)}: without --clock manual it goes back to that of the machine.`,
  ]
}

async function readMoved(database: Database): Promise<number | undefined> {
  const row = await readSetting(NAME, database)
  return row && Number(row.body)
}

/** Of two processes on one folder, the later time stays. */
async function writeMoved(wallMs: number, database: Database): Promise<void> {
  const previous = await readSetting(NAME, database)
  if (previous && Number(previous.body) >= wallMs) return
  await writeSetting(NAME, String(wallMs), previous, database, { commitId: database.random.uuid() })
}

function iso(ms: number): string {
  return new Date(ms).toISOString()
}
