import type { Engine } from './open.ts'
import type { AccessLog } from '../http/access-log.ts'
import { listen } from '../http/listen.ts'
import { type BoundAddress, endpointOf, isLocal, showAddress } from '../http/listen-address.ts'
import type { Handle } from '../http/exchange.ts'
import type { Refusal } from '../http/refusal.ts'
import { wantedTelemetry } from '../telemetry/wanted.ts'
import type { Certificates, CertificateStatus } from '../http/tls/certificates.ts'
import { countedRefusals } from '../http/request-meter.ts'
import { roomForConnections } from '../http/room.ts'
import { bindReferences } from './earlier-builds/bind-references.ts'
import { relistGrants } from './earlier-builds/relist-grants.ts'
import { examineOnStart } from '../../admin/operator/doctor/on-start.ts'
import { type Metrics, noMetrics } from '../../platform/metrics.ts'
import { OpenFiles } from '../../platform/open-files.ts'
import { systemClock } from '../../platform/system-clock.ts'
import type { AdminAddress } from '../admin/address.ts'
import type { Network } from './network.ts'
import type { Watch } from './watch.ts'
import type { Work, Working } from './working.ts'

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

interface Start extends Pick<Work, 'enforcement' | 'reserve'> {
  engine: Engine
  network: Network
  /** Gets a line for each request, if there is one. */
  accessLog?: AccessLog | undefined
  notices: string[]
  /** Where the admin listener answers; nowhere by default. */
  admin?: AdminAddress | 'in the folder' | undefined
  /** Begins to work on the engine, and reports there what it measures. */
  begin: (metrics?: Metrics) => Promise<Working>
  /** Whether to examine the data folder in the background for findings that an operator should review. */
  examined?: boolean
  /** Whether names without ids are looked for at every start: development folders can get new ones. */
  bindsAgain?: boolean
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
 * Puts an open data folder on the network and sets its jobs going. What that starts is put on `opened`, which has the folder
 * already: it ends in reverse order, beginning with the requests under way.
 */
export async function start(options: Start, opened: AsyncDisposableStack): Promise<RunningServer> {
  const { engine, network, accessLog } = options
  const watch = await watchOf(options, opened)
  // Without enforcement, names are not bound.
  if (options.enforcement === 'on') {
    await bindReferences(engine, { again: options.bindsAgain === true })
    await relistGrants(engine)
  }
  const working = await options.begin(watch?.metrics)
  opened.defer(() => working.end())
  const limits = { connections: roomForConnections() }
  const counted = countedRefusals(watch?.metrics ?? noMetrics)
  const refused = (refusal: Refusal): void => {
    counted(refusal.code)
    accessLog?.refused(refusal)
    void trace(refusal, engine)
  }
  const routes = observed(working.routes, watch, accessLog)
  const openFiles = new OpenFiles({ clock: systemClock, logger: engine.logger })
  opened.defer(() => openFiles.stop())
  const { certificates } = network
  const tls = certificates?.options()
  const listener = await listen({ ...engine, ...network, ...(tls && { tls }), routes, limits, refused })
  opened.defer(() => listener.close(DRAIN_MS))
  if (certificates) {
    certificates.follow((options) => listener.renew(options))
    opened.defer(await watched(certificates, engine))
  }
  opened.defer(() => working.hurry())
  if (options.examined) opened.defer(examineOnStart(engine, engine.logger))
  const endpoints = listener.bound.map(endpointOf)
  const [endpoint = ''] = endpoints
  const certificatesInUse = (): CertificateStatus[] => certificates?.status() ?? []
  watch?.serving({ working, listening: listener, endpoints, certificates: certificatesInUse })
  const stop = (): Promise<void> => {
    watch?.stopping()
    return opened.disposeAsync()
  }
  return {
    endpoint,
    endpoints,
    port: listener.port,
    notices: [...options.notices, ...noticesOf(listener.bound, network), ...(watch?.notices ?? [])],
    ...adminOf(watch),
    certificates: certificatesInUse,
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

function adminOf(watch: Watch | undefined): Pick<RunningServer, 'admin'> {
  return watch?.address === undefined ? {} : { admin: watch.address }
}

/** Wraps each handler in what watches it. */
function observed(
  routes: Working['routes'],
  watch: Pick<Watch, 'traced'> | undefined,
  accessLog: AccessLog | undefined,
): Working['routes'] {
  const wrap = (handle: Handle): Handle => {
    const traced = watch?.traced(handle) ?? handle
    return accessLog?.logged(traced) ?? traced
  }
  return new Map([...routes].map(([route, handle]) => [route, wrap(handle)]))
}

/** The admin listener and telemetry, loaded where they are wanted. They begin before the listeners, and end after them. */
async function watchOf(options: Start, opened: AsyncDisposableStack): Promise<Watch | undefined> {
  const { admin, engine } = options
  const telemetry = wantedTelemetry(process.env)
  if (admin === undefined && !telemetry.traces && !telemetry.metrics) return undefined
  const { beginWatch } = await import('./watch.ts')
  return beginWatch({ admin, telemetry }, engine, options, opened)
}

async function watched(certificates: Certificates, { logger }: Engine): Promise<() => void> {
  const { watchCertificates } = await import('../http/tls/watch.ts')
  return watchCertificates(certificates, { clock: systemClock, logger }).stop
}

function noticesOf(bound: readonly BoundAddress[], { plainHttp }: Network): string[] {
  if (plainHttp === 'local' && bound.every(isLocal)) return ['Listens on the loopback interface only.']
  const open = bound.filter((one) => !one.secure && !isLocal(one)).map(showAddress)
  if (open.length === 0) return []
  return [`Plain HTTP on ${open.join(', ')}: the network can read and repeat requests, and read the answers.`]
}
