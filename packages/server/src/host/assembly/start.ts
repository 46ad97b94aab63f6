import type { Engine } from './open.ts'
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

/** Writes the last uses of keys. A full disk must not prevent the server from stopping. */
async function writeLastUses({ keyUses, accessKeyUses, roleUses, logger }: Engine): Promise<void> {
  for (const uses of [keyUses, accessKeyUses, roleUses]) {
    await uses.flush().catch((error: unknown) => logger.error('the last uses could not be written', { error }))
  }
}

/** Writes how long the service ran. If that fails, waiting periods take longer, but the server stops. */
async function writeSeenTime(guard: SeenTimeGuard, { logger }: Engine): Promise<void> {
  await guard.stop().catch((error: unknown) => logger.error('how long the service ran could not be written', { error }))
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

/**
 * Puts an open data folder on the network and sets its jobs going. What that starts is put on `opened`, which has the folder
 * already: it ends in reverse order, beginning with the requests under way.
 */
export async function start(options: Start, opened: AsyncDisposableStack): Promise<RunningServer> {
  const { engine, port, notices, movedTime } = options
  // Without enforcement, names are not bound.
  if (options.enforcement === 'on') {
    await bindReferences(engine, { again: options.bindsAgain === true })
    await relistGrants(engine)
  }
  opened.defer(() => writeLastUses(engine))
  await startJobs(options, opened)
  const limits = { connections: roomForConnections() }
  const refused = (refusal: Refusal): void => void trace(refusal, engine)
  const listener = await listen({ ...engine, host: LOOPBACK, port, routes: routesOf(options), limits, refused })
  opened.defer(() => listener.close(DRAIN_MS))
  if (movedTime) opened.defer(() => movedTime.stop())
  if (options.examined) opened.defer(examineOnStart(engine, engine.logger))
  return {
    endpoint: `http://${LOOPBACK}:${listener.port}`,
    port: listener.port,
    notices,
    stop: () => opened.disposeAsync(),
  }
}

/** None of them runs before its time has passed once. */
async function startJobs({ engine, movedTime }: Start, opened: AsyncDisposableStack): Promise<void> {
  const stopping = new AbortController()
  const { signal } = stopping
  const timeGuard = movedTime ? undefined : await SeenTimeGuard.start(engine)
  if (timeGuard) opened.defer(() => writeSeenTime(timeGuard, engine))
  const jobs = timeGuard ? servingJobs(timeGuard, { ...engine, stopping: signal }) : (movedTime?.jobs() ?? [])
  const inspect = async (): Promise<void> => {
    await isDatabaseSound(engine, signal).catch((error: unknown) => {
      if (!signal.aborted) throw error
    })
  }
  opened.defer(schedule(inspect, INSPECT_EVERY_MS, engine))
  for (const { run, everyMs } of jobs) opened.defer(schedule(run, everyMs, engine))
  for (const uses of [engine.keyUses, engine.accessKeyUses, engine.roleUses]) {
    opened.defer(schedule(() => uses.flush(), USES_EVERY_MS, engine))
  }
  opened.defer(() => stopping.abort())
}

function routesOf(options: Start): ReadonlyMap<string, Handle> {
  const { engine, authenticate, guard = (handle) => handle, movedTime } = options
  const service = guard(serviceHandler(authenticate, servicesOf(engine, options)))
  const routes = new Map([
    ['POST /', service],
    ['GET /', service],
  ])
  if (movedTime) {
    const advance: MovedTime['advance'] = (ms, isGone) => movedTime.advance(ms, isGone)
    routes.set('POST /dev/clock', guard(clockControl(advance)))
  }
  return routes
}
