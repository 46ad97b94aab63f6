import type { Engine } from './open.ts'
import type { AccessLog } from '../http/access-log.ts'
import { listen } from '../http/listen.ts'
import { type BoundAddress, endpointOf, isLocal, showAddress } from '../http/listen-address.ts'
import type { Handle } from '../http/exchange.ts'
import { unlessSealed } from '../http/open-answers.ts'
import type { Refusal } from '../http/refusal.ts'
import { wantedTelemetry } from '../telemetry/wanted.ts'
import type { Certificates, CertificateStatus } from '../http/tls/certificates.ts'
import { countedRefusals } from '../http/request-meter.ts'
import { roomForConnections } from '../http/room.ts'
import { noMetrics } from '../../platform/metrics.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Logger } from '../../platform/logger.ts'
import type { Random } from '../../platform/random.ts'
import { OpenFiles } from '../../platform/open-files.ts'
import { systemClock } from '../../platform/system-clock.ts'
import type { AdminAddress } from '../admin/address.ts'
import type { Network } from './network.ts'
import type { Observers, Served } from './served.ts'
import type { Behaviour } from './services.ts'
import type { Watch } from './watch.ts'

/** A server that answers requests. `await using` stops it at the end of its scope. */
export interface RunningServer extends AsyncDisposable {
  /** The first of {@link endpoints}. */
  endpoint: string
  /** `http://HOST:PORT`, `https://HOST:PORT` or `unix:PATH`, in the order of the addresses. */
  endpoints: readonly string[]
  /** The first port; 0 if there are Unix sockets only. */
  port: number
  /** Notices for the person who started it. */
  notices: string[]
  /** The TLS certificates in use; none without TLS. */
  certificates(): CertificateStatus[]
  /** Completes the requests in progress, writes pending data and stops. */
  stop(): Promise<void>
  /** Where the admin listener answers, such as `unix:/var/lib/keyhold/admin.sock`, if there is one. */
  admin?: string
}

interface Start<S extends Served> {
  /** Where the admin listener answers by default, and what it measures. */
  folder: string
  network: Network
  clock: Clock
  random: Random
  logger: Logger
  reserve?: Behaviour['reserve']
  /** Gets a line for each request, if there is one. */
  accessLog?: AccessLog | undefined
  notices: string[]
  /** Where the admin listener answers; nowhere by default. */
  admin?: AdminAddress | 'in the folder' | undefined
  /** Whether operators seal it: no by default. */
  isSealable?: boolean
  /** Begins what is behind the listeners, and puts on `opened` how it ends: after the last request, before what watches it. */
  begin: (observers: Observers) => Promise<S>
}

/** How long requests in progress can take after the server is told to stop. */
const DRAIN_MS = 10_000

/**
 * Counts what the listener refused with the other unauthenticated failures. An audit log that cannot be written is only
 * logged.
 */
async function trace(refusal: Refusal, { auditor, clock, logger }: Engine): Promise<void> {
  try {
    await auditor.recordUnauthenticated({ ...refusal, timeMs: clock.now() })
  } catch (error) {
    logger.error('a refused connection could not be recorded in the audit log', { error })
  }
}

/**
 * Puts a server on the network. What that starts is put on `opened`: it ends in reverse order, beginning with the requests under
 * way. While the data folder is sealed, what the listener refuses is counted, and in no audit log.
 */
export async function start<S extends Served>(
  options: Start<S>,
  opened: AsyncDisposableStack,
): Promise<{ running: RunningServer; served: S }> {
  const { network, accessLog, clock, random, logger } = options
  const watch = await watchOf(options, opened)
  const served = await options.begin(watch ?? {})
  const limits = { connections: roomForConnections() }
  const counted = countedRefusals(watch?.metrics ?? noMetrics)
  const refused = (refusal: Refusal): void => {
    counted(refusal.code)
    accessLog?.refused(refusal)
    if (served.open) void trace(refusal, served.open.engine)
  }
  const routes = observed(served.routes, watch, accessLog)
  const openFiles = new OpenFiles({ clock: systemClock, logger })
  opened.defer(() => openFiles.stop())
  const { certificates } = network
  const tls = certificates?.options()
  const open = unlessSealed(network.open, () => served.open === undefined)
  const listener = await listen({
    ...network,
    open,
    clock,
    random,
    logger,
    ...(tls && { tls }),
    routes,
    limits,
    refused,
  })
  opened.defer(() => listener.close(DRAIN_MS))
  if (certificates) {
    certificates.follow((options) => listener.renew(options))
    opened.defer(await watched(certificates, logger))
  }
  opened.defer(() => served.open?.working.hurry())
  const endpoints = listener.bound.map(endpointOf)
  const [endpoint = ''] = endpoints
  const certificatesInUse = (): CertificateStatus[] => certificates?.status() ?? []
  watch?.serving({ served, listening: listener, endpoints, certificates: certificatesInUse })
  const stop = (): Promise<void> => {
    watch?.stopping()
    return opened.disposeAsync()
  }
  const running = {
    endpoint,
    endpoints,
    port: listener.port,
    notices: [...options.notices, ...noticesOf(listener.bound, network), ...(watch?.notices ?? [])],
    ...adminOf(watch),
    certificates: certificatesInUse,
    stop,
    [Symbol.asyncDispose]: stop,
  }
  return { running, served }
}

function adminOf(watch: Watch | undefined): Pick<RunningServer, 'admin'> {
  return watch?.address === undefined ? {} : { admin: watch.address }
}

/** Wraps each handler in what watches it. */
function observed(
  routes: Served['routes'],
  watch: Pick<Watch, 'traced'> | undefined,
  accessLog: AccessLog | undefined,
): Served['routes'] {
  const wrap = (handle: Handle): Handle => {
    const traced = watch?.traced(handle) ?? handle
    return accessLog?.logged(traced) ?? traced
  }
  return new Map([...routes].map(([route, handle]) => [route, wrap(handle)]))
}

/** The admin listener and telemetry, loaded where they are wanted. They begin before the listeners, and end after them. */
async function watchOf(options: Start<Served>, opened: AsyncDisposableStack): Promise<Watch | undefined> {
  const { admin, isSealable = false } = options
  const telemetry = wantedTelemetry(process.env)
  if (admin === undefined && !telemetry.traces && !telemetry.metrics) return undefined
  const { beginWatch } = await import('./watch.ts')
  return beginWatch({ admin, isSealable, telemetry }, options, opened)
}

async function watched(certificates: Certificates, logger: Logger): Promise<() => void> {
  const { watchCertificates } = await import('../http/tls/watch.ts')
  return watchCertificates(certificates, { clock: systemClock, logger }).stop
}

function noticesOf(bound: readonly BoundAddress[], { plainHttp }: Network): string[] {
  if (plainHttp === 'local' && bound.every(isLocal)) return ['Listens on the loopback interface only.']
  const open = bound.filter((one) => !one.secure && !isLocal(one)).map(showAddress)
  if (open.length === 0) return []
  return [`Plain HTTP on ${open.join(', ')}: the network can read and repeat requests, and read the answers.`]
}
