import type { Engine } from './engine.ts'
import { clockControl } from '../http/clock-control.ts'
import type { Handle } from '../http/exchange.ts'
import { listen } from '../http/listen.ts'
import type { Refusal } from '../http/refusal.ts'
import { roomForConnections } from '../http/room.ts'
import { type Authenticate, serviceHandler } from '../http/service.ts'
import { servingJobs } from '../../jobs/jobs.ts'
import type { MovedTime } from '../../jobs/moved-time.ts'
import { schedule } from '../../jobs/schedule.ts'
import { isDatabaseSound } from '../../jobs/sound-database.ts'
import { SeenTimeGuard } from '../../jobs/time-guard.ts'
import { bindReferences } from './earlier-builds/bind-references.ts'
import { relistGrants } from './earlier-builds/relist-grants.ts'
import { examineOnStart } from '../../admin/operator/doctor/on-start.ts'
import type { DiskReserve } from '../../platform/disk-reserve.ts'
import { type Behaviour, servicesOf } from './services.ts'

/** A server that answers requests. */
export interface RunningServer {
  endpoint: string
  port: number
  /** Notices for the person who started it. */
  notices: string[]
  /** Completes the requests in progress, writes pending data and stops. */
  stop(): Promise<void>
}

interface Start extends Behaviour {
  reserve?: DiskReserve
  engine: Engine
  authenticate: Authenticate
  port: number
  notices: string[]
  /** Whether to examine the data folder in the background for findings that an operator should review. */
  examined?: boolean
  /** Whether names without ids are looked for at every start: development folders can get new ones. */
  bindsAgain?: boolean
  /** Wraps every handler. */
  guard?: (handle: Handle) => Handle
  /** Only if time can be moved by request. */
  movedTime?: MovedTime | undefined
}

/** Without TLS, plaintext secrets must not leave the machine. */
const LOOPBACK = '127.0.0.1'
/** How long requests in progress can take after the server is told to stop. */
const DRAIN_MS = 10_000
/** A scan of the whole database on a separate thread: about 25 s of CPU for a million rows. */
const INSPECT_EVERY_MS = 10 * 60_000
const USES_EVERY_MS = 60_000

/** Starts to listen and runs the jobs on an open data folder. Closes the folder if that fails. */
export async function start(options: Start): Promise<RunningServer> {
  try {
    return await listenAndWork(options)
  } catch (error) {
    await options.engine.close()
    throw error
  }
}

/** Writes the last uses of keys. A full disk must not prevent the server from stopping. */
async function writeLastUses({ keyUses, accessKeyUses, roleUses, logger }: Engine): Promise<void> {
  for (const uses of [keyUses, accessKeyUses, roleUses]) {
    await uses.flush().catch((error: unknown) => logger.error('the last uses could not be written', { error }))
  }
}

/** Writes how long the service ran. If that fails, waiting periods take longer, but the server stops. */
async function writeSeenTime(guard: SeenTimeGuard | undefined, { logger }: Engine): Promise<void> {
  await guard
    ?.stop()
    .catch((error: unknown) => logger.error('how long the service ran could not be written', { error }))
}

/**
 * Counts what the listener refused with the other unauthenticated failures. An audit log that cannot be written is only
 * logged.
 */
async function trace(refusal: Refusal, { auditor, clock, logger }: Engine): Promise<void> {
  try {
    await auditor.recordUnauthenticated({ ...refusal, timeMs: clock.now() })
  } catch (error) {
    logger.error('a refused connection could not be recorded', { error })
  }
}

async function listenAndWork(options: Start): Promise<RunningServer> {
  const { engine, authenticate, port, notices, guard = (handle) => handle, movedTime } = options
  // Without enforcement, names are not bound.
  if (options.enforcement === 'on') {
    await bindReferences(engine, { again: options.bindsAgain === true })
    await relistGrants(engine)
  }
  const stopping = new AbortController()
  const timeGuard = movedTime ? undefined : await SeenTimeGuard.start(engine)
  const jobs = timeGuard ? servingJobs(timeGuard, { ...engine, stopping: stopping.signal }) : (movedTime?.jobs() ?? [])
  const service = guard(serviceHandler(authenticate, servicesOf(engine, options)))
  const routes = new Map([
    ['POST /', service],
    ['GET /', service],
  ])
  if (movedTime) {
    const advance: MovedTime['advance'] = (ms, isGone) => movedTime.advance(ms, isGone)
    routes.set('POST /dev/clock', guard(clockControl(advance)))
  }
  const limits = { connections: roomForConnections() }
  const refused = (refusal: Refusal): void => void trace(refusal, engine)
  const listener = await listen({ ...engine, host: LOOPBACK, port, routes, limits, refused })
  const inspect = async (): Promise<void> => {
    await isDatabaseSound(engine, stopping.signal).catch((error: unknown) => {
      if (!stopping.signal.aborted) throw error
    })
  }
  const stopJobs = [
    schedule(inspect, INSPECT_EVERY_MS, engine),
    ...jobs.map(({ run, everyMs }) => schedule(run, everyMs, engine)),
    ...[engine.keyUses, engine.accessKeyUses, engine.roleUses].map((uses) =>
      schedule(() => uses.flush(), USES_EVERY_MS, engine),
    ),
  ]
  const stopExamining = options.examined ? examineOnStart(engine, engine.logger) : undefined
  return {
    endpoint: `http://${LOOPBACK}:${listener.port}`,
    port: listener.port,
    notices,
    async stop() {
      await movedTime?.stop()
      await listener.close(DRAIN_MS)
      stopping.abort()
      for (const stop of stopJobs) await stop()
      await stopExamining?.()
      await writeSeenTime(timeGuard, engine)
      await options.reserve?.stop()
      await writeLastUses(engine)
      await engine.close()
    },
  }
}
