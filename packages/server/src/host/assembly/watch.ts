import type { CertificateStatus } from '../http/tls/certificates.ts'
import type { Listening } from '../http/listen.ts'
import { type AdminListening, type AdminPlace, isLoopback } from '../admin/listener.ts'
import { defaultSockets } from '../admin/socket.ts'
import { adminAt, serverMetrics } from '../admin/admin.ts'
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

/** Where the admin listener is wanted. */
interface WantedAdmin {
  admin: AdminAddress | 'in the folder' | undefined
  /** Whether operators seal the server, which takes a socket in its folder. */
  isSealable: boolean
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
  { admin, isSealable, telemetry }: WantedAdmin & { telemetry: Wanted },
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
  const startAt = adminAt({ watched, metrics, control: () => live?.served.control }, logger)
  const { address: at, notices } = await listening({ admin, isSealable }, { folder, logger }, opened, startAt)
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

/**
 * Listens where it is wanted, and beside an address on the socket in the folder of a server that can be sealed: over an address no one
 * seals it.
 */
async function listening(
  { admin: address, isSealable }: WantedAdmin,
  { folder, logger }: WatchedProcess,
  opened: AsyncDisposableStack,
  startAt: (place: AdminPlace) => Promise<AdminListening>,
): Promise<Pick<Watch, 'address' | 'notices'>> {
  if (address === undefined) return { address: undefined, notices: [] }
  const begin = async (place: AdminPlace): Promise<string> =>
    opened.adopt(await startAt(place), (one) => one.close()).address
  const inFolder = async (none: string): Promise<Pick<Watch, 'address' | 'notices'>> => {
    try {
      return { address: await begin({ sockets: defaultSockets(folder) }), notices: [] }
    } catch (error) {
      logger.warn('no admin socket: keyhold status and operator seal find no server here', { error })
      const why = Error.isError(error) ? error.message : String(error)
      return { address: undefined, notices: [`${none} ${why}`] }
    }
  }
  if (address === 'in the folder') return inFolder('There is no admin listener.')
  const at = await begin(placeOf(address))
  const beside =
    isSealable && 'host' in address ? await inFolder('There is no admin socket in the data folder.') : undefined
  return { address: at, notices: [...openNotices(address, at), ...(beside?.notices ?? [])] }
}

/** The operator named an address that other machines reach. They should know what that shows, at every start. */
function openNotices(address: AdminAddress, at: string): string[] {
  if ('path' in address || isLoopback(address.host)) return []
  return [`Health, metrics and status are shown to everyone who reaches ${at}, in plain HTTP.`]
}

function placeOf(address: AdminAddress): AdminPlace {
  return 'path' in address ? { sockets: [address.path] } : address
}

async function unconfirmedStops(engine: Engine): Promise<number> {
  return (await readSeenTime(engine))?.seen.stops.filter(({ counts }) => !counts).length ?? 0
}
