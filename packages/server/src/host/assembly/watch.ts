import type { CertificateStatus } from '../http/tls/certificates.ts'
import type { Listening } from '../http/listen.ts'
import { type AdminPlace, isLoopback } from '../admin/listener.ts'
import { defaultSockets } from '../admin/socket.ts'
import { serverMetrics, startAdmin } from '../admin/admin.ts'
import { DiskWatch } from '../admin/facts/disk-use.ts'
import { KeyCensus } from '../admin/facts/key-census.ts'
import { LoopWatch, openFiles } from '../admin/facts/process-facts.ts'
import type { KeptMetrics } from '../admin/kept-metrics.ts'
import { readFacts } from '../admin/metrics-table.ts'
import type { Handle } from '../http/exchange.ts'
import type { Telemetry } from '../telemetry/telemetry.ts'
import type { Wanted } from '../telemetry/wanted.ts'
import { domainAges } from '../../jobs/domain-rotation.ts'
import { backupTimes } from '../../backup/last-drill.ts'
import type { Logger } from '../../platform/logger.ts'
import type { Phase, Watched, WatchedFolder } from '../admin/watched.ts'
import { systemClock } from '../../platform/system-clock.ts'
import { packageVersion } from '../../platform/version.ts'
import { readSeenTime } from '../../vault/records/waits.ts'
import type { AdminAddress } from '../admin/address.ts'
import type { Engine } from './open.ts'
import type { Behaviour } from './services.ts'
import type { Observers, OpenFolder, Served } from './served.ts'

/** An admin listener that answers, with what it has to be told of the server. */
export interface Watch extends Required<Observers> {
  /** Where it answers, as an operator names it. `undefined` if it could not listen where it does by default. */
  address: string | undefined
  /** What the person who started the server should know of it. */
  notices: string[]
  /** Makes a span of each request, where a collector of OpenTelemetry is named. */
  traced(handle: Handle): Handle
  /** From now on requests are answered. */
  serving(live: Live): void
  /** From now on no new ones are. */
  stopping(): void
}

/** What there is to watch once requests are answered. */
interface Live {
  served: Pick<Served, 'open' | 'seal' | 'control'>
  listening: Pick<Listening, 'connections'>
  endpoints: readonly string[]
  certificates(): readonly CertificateStatus[]
}

/** The process that is watched, whether its data folder is open or not. */
interface WatchedProcess {
  folder: string
  logger: Logger
  reserve?: Behaviour['reserve']
}

/**
 * Opens the admin listener of a server, and measures what takes longer than a question may. All of it is put on `opened`, and ends
 * after the requests under way.
 *
 * Rejects if it cannot listen where it was asked to. Where it listens by default, in the data folder, is not so important that a
 * server without it should not start: then a notice says why.
 */
export async function beginWatch(
  { admin, telemetry }: { admin: AdminAddress | 'in the folder' | undefined; telemetry: Wanted },
  { folder, logger, reserve }: WatchedProcess,
  opened: AsyncDisposableStack,
): Promise<Watch> {
  const disk = new DiskWatch({ folder, clock: systemClock, logger })
  const loop = new LoopWatch()
  const metrics = serverMetrics(logger)
  const counting = new Counting()
  const startedMs = systemClock.now()
  let phase: Phase = 'starting'
  let live: Live | undefined
  const watched: Watched = {
    version: packageVersion(),
    startedMs,
    clock: systemClock,
    phase: () => phase,
    seal: () => live?.served.seal ?? { state: 'opening', sinceMs: startedMs },
    listeners: () => live?.endpoints ?? [],
    certificates: () => live?.certificates().map(({ file, notAfterMs }) => ({ name: file, notAfterMs })) ?? [],
    connections: () => live?.listening.connections() ?? {},
    isDiskScarce: () => reserve?.isScarce ?? false,
    disk,
    loop,
    open: () => live?.served.open && watchedFolder(live.served.open, counting.keys),
  }
  readFacts(watched, metrics)
  const { address: at, notices } = await listening(admin, { folder, logger }, opened, (place) =>
    startAdmin(place, { watched, metrics, control: () => live?.served.control }, logger),
  )
  const exported = await telemetryOf(telemetry, { metrics, version: watched.version, logger })
  if (exported) opened.defer(() => exported.stop())
  opened.defer(loop.start(systemClock))
  opened.defer(disk.start())
  await openFiles() // reads how many there can be, while there still are some
  return {
    address: at,
    notices,
    metrics,
    count: (engine) => counting.begin(engine),
    traced: (handle) => exported?.traced(handle) ?? handle,
    serving(now) {
      live = now
      phase = 'serving'
      counting.start()
    },
    stopping() {
      phase = 'stopping'
    },
  }
}

/** Counts the keys of the folder that is open. It begins once requests are answered, and holds nothing of a folder that it left. */
class Counting {
  #census: KeyCensus | undefined
  #stop: (() => Promise<void>) | undefined
  #isStarted = false

  get keys(): Pick<KeyCensus, 'last'> {
    return this.#census ?? { last: undefined }
  }

  begin(engine: Engine): () => Promise<void> {
    this.#census = new KeyCensus({ ...engine, realClock: systemClock })
    if (this.#isStarted) this.#stop = this.#census.start()
    return async () => {
      const stop = this.#stop
      this.#stop = undefined
      this.#census = undefined
      await stop?.()
    }
  }

  start(): void {
    this.#isStarted = true
    this.#stop ??= this.#census?.start()
  }
}

function watchedFolder({ engine, working }: OpenFolder, keys: Pick<KeyCensus, 'last'>): WatchedFolder {
  return {
    waitingRequests: () => working.waiting(),
    cryptography: engine.threads,
    caches: () => ({ records: engine.directory.recordUse, key_material: engine.hierarchy.keyringUse }),
    audit: engine.auditor,
    readStore: () => engine.directory.catchUp(),
    domainKeys: () => domainAges(engine),
    unconfirmedStops: () => unconfirmedStops(engine),
    backups: () => backupTimes(engine.records),
    keys,
  }
}

/** What exports telemetry is installed with the server unless it is told not to, and loaded only where a collector is named. */
async function telemetryOf(
  wanted: Wanted,
  context: { metrics: KeptMetrics; version: string; logger: Logger },
): Promise<Telemetry | undefined> {
  if (!wanted.traces && !wanted.metrics) return undefined
  try {
    const { openTelemetry } = await import('../telemetry/telemetry.ts')
    return openTelemetry(wanted, { ...context, clock: systemClock, environment: process.env })
  } catch (error) {
    context.logger.error('telemetry is not exported: the packages of OpenTelemetry cannot be loaded', { error })
    return undefined
  }
}

async function listening(
  address: AdminAddress | 'in the folder' | undefined,
  { folder, logger }: WatchedProcess,
  opened: AsyncDisposableStack,
  startAt: (place: AdminPlace) => ReturnType<typeof startAdmin>,
): Promise<Pick<Watch, 'address' | 'notices'>> {
  if (address === undefined) return { address: undefined, notices: [] }
  const isDefault = address === 'in the folder'
  try {
    const listener = await startAt(isDefault ? { sockets: defaultSockets(folder) } : placeOf(address))
    opened.defer(() => listener.close())
    return { address: listener.address, notices: openNotices(address, listener.address) }
  } catch (error) {
    if (!isDefault) throw error
    logger.warn('no admin listener: keyhold status and monitoring find no server here', { error })
    const why = Error.isError(error) ? error.message : String(error)
    return { address: undefined, notices: [`There is no admin listener. ${why}`] }
  }
}

/** The operator named an address that other machines reach. They should know what that shows, at every start. */
function openNotices(address: AdminAddress | 'in the folder', at: string): string[] {
  if (address === 'in the folder' || 'path' in address || isLoopback(address.host)) return []
  return [`Health, metrics and status are shown to everyone who reaches ${at}, in plain HTTP.`]
}

function placeOf(address: AdminAddress): AdminPlace {
  return 'path' in address ? { sockets: [address.path] } : address
}

async function unconfirmedStops(engine: Engine): Promise<number> {
  return (await readSeenTime(engine))?.seen.stops.filter(({ counts }) => !counts).length ?? 0
}
