import { clockControl } from '../http/clock-control.ts'
import type { Handle } from '../http/exchange.ts'
import { measured } from '../http/request-meter.ts'
import { type Authenticate, serviceHandler } from '../http/service.ts'
import { servingJobs } from '../../jobs/jobs.ts'
import { leaveMemory } from '../../jobs/leave-memory.ts'
import type { MovedTime } from '../../jobs/moved-time.ts'
import { schedule } from '../../jobs/schedule.ts'
import { isDatabaseSound } from '../../jobs/sound-database.ts'
import { SeenTimeGuard } from '../../jobs/time-guard.ts'
import type { Metrics } from '../../platform/metrics.ts'
import { opening } from '../../platform/opening.ts'
import { systemClock } from '../../platform/system-clock.ts'
import type { Engine } from './open.ts'
import { type Behaviour, servicesOf } from './services.ts'

/** What works on an open data folder: it answers requests, and its jobs run. */
export interface Work extends Behaviour {
  engine: Engine
  authenticate: Authenticate
  /** Wraps every handler. */
  guard?: (handle: Handle) => Handle
  /** Only if time can be moved by request. */
  movedTime?: MovedTime | undefined
  /** Where the server reports what it measures; nowhere by default. */
  metrics?: Metrics
  /** After how many days domains get another key; 0, the default: only when an operator asks for it. */
  rotateDomainsDays?: number
}

/** Work that has begun. */
export interface Working {
  /** What answers a method and path. */
  routes: ReadonlyMap<string, Handle>
  /** How many requests wait for their turn. */
  waiting(): number
  /** Ends a move of the time in progress at the time it has reached. Requests are answered until the listener closes. */
  hurry(): Promise<void>
  /** Stops the jobs, and waits for those that run. Nothing is written after that. */
  stop(): Promise<void>
  /** {@link stop}, and writes what is in memory: last uses, and how long the service ran. */
  end(): Promise<void>
}

/** A scan of the whole database on a separate thread: about 25 s of CPU for a million rows. */
const INSPECT_EVERY_MS = 10 * 60_000
const USES_EVERY_MS = 60_000

/** Sets the jobs going, and makes the handlers. None of the jobs runs before its time has passed once. */
export function beginWork(work: Work): Promise<Working> {
  const { engine, movedTime } = work
  return opening(engine.logger, async (opened) => {
    const timeGuard = movedTime ? undefined : await SeenTimeGuard.start(engine)
    startJobs(work, timeGuard, opened)
    const stop = (): Promise<void> => opened.disposeAsync()
    return {
      ...answering(work),
      hurry: async () => movedTime?.stop(),
      stop,
      async end() {
        await stop()
        if (timeGuard) await writeSeenTime(timeGuard, engine)
        await writeLastUses(engine)
      },
    }
  })
}

function startJobs(
  { engine, movedTime, rotateDomainsDays = 0 }: Work,
  guard: SeenTimeGuard | undefined,
  opened: AsyncDisposableStack,
): void {
  const stopping = new AbortController()
  const { signal } = stopping
  const jobs = guard
    ? servingJobs(guard, { ...engine, stopping: signal, everyDays: rotateDomainsDays })
    : (movedTime?.jobs() ?? [])
  const inspect = async (): Promise<void> => {
    await isDatabaseSound(engine, signal).catch((error: unknown) => {
      if (!signal.aborted) throw error
    })
  }
  opened.defer(schedule({ name: 'inspect the database', run: inspect, everyMs: INSPECT_EVERY_MS }, engine))
  for (const job of [...jobs, leaveMemory(engine)]) opened.defer(schedule(job, engine))
  for (const uses of [engine.keyUses, engine.accessKeyUses, engine.roleUses]) {
    opened.defer(schedule({ name: 'write last uses', run: () => uses.flush(), everyMs: USES_EVERY_MS }, engine))
  }
  opened.defer(() => stopping.abort())
}

/** Writes the last uses of keys. A full disk must not prevent the server from stopping. */
async function writeLastUses({ keyUses, accessKeyUses, roleUses, logger }: Engine): Promise<void> {
  for (const uses of [keyUses, accessKeyUses, roleUses]) {
    await uses
      .flush()
      .catch((error: unknown) =>
        logger.error('the last uses of keys and roles could not be written and are lost', { error }),
      )
  }
}

/** Writes how long the service ran. If that fails, waiting periods take longer, but the server stops. */
async function writeSeenTime(guard: SeenTimeGuard, { logger }: Engine): Promise<void> {
  await guard
    .stop()
    .catch((error: unknown) =>
      logger.error('how long the service ran could not be written: waiting periods take longer', { error }),
    )
}

function answering(work: Work): Pick<Working, 'routes' | 'waiting'> {
  const { engine, authenticate, guard = (handle) => handle, movedTime, metrics } = work
  const { handle: handler, waiting } = serviceHandler(authenticate, servicesOf(engine, work))
  const answer = guard(metrics === undefined ? handler : measured(handler, metrics, systemClock))
  const routes = new Map([
    ['POST /', answer],
    ['GET /', answer],
  ])
  if (movedTime) {
    const advance: MovedTime['advance'] = (ms, isGone) => movedTime.advance(ms, isGone)
    routes.set('POST /dev/clock', guard(clockControl(advance)))
  }
  return { routes, waiting }
}
