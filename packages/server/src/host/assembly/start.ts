import type { Engine } from './open.ts'
import type { AccessLog } from '../http/access-log.ts'
import { listen } from '../http/listen.ts'
import { type BoundAddress, endpointOf, isLocal, showAddress } from '../http/listen-address.ts'
import type { Refusal } from '../http/refusal.ts'
import { countedRefusals } from '../http/request-meter.ts'
import { roomForConnections } from '../http/room.ts'
import { bindReferences } from './earlier-builds/bind-references.ts'
import { relistGrants } from './earlier-builds/relist-grants.ts'
import { examineOnStart } from '../../admin/operator/doctor/on-start.ts'
import { noMetrics } from '../../platform/metrics.ts'
import { OpenFiles } from '../../platform/open-files.ts'
import { systemClock } from '../../platform/system-clock.ts'
import type { Network } from './network.ts'
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
  /** Completes the requests in progress, writes pending data and stops. */
  stop(): Promise<void>
}

interface Start extends Pick<Work, 'enforcement' | 'metrics'> {
  engine: Engine
  network: Network
  /** Gets a line for each request, if there is one. */
  accessLog?: AccessLog | undefined
  notices: string[]
  /** Begins to work on the engine. */
  begin: () => Promise<Working>
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
  const { engine, network, accessLog, notices, metrics = noMetrics } = options
  // Without enforcement, names are not bound.
  if (options.enforcement === 'on') {
    await bindReferences(engine, { again: options.bindsAgain === true })
    await relistGrants(engine)
  }
  const working = await options.begin()
  opened.defer(() => working.end())
  const limits = { connections: roomForConnections() }
  const counted = countedRefusals(metrics)
  const refused = (refusal: Refusal): void => {
    counted(refusal.code)
    accessLog?.refused(refusal)
    void trace(refusal, engine)
  }
  const routes = accessLog === undefined ? working.routes : loggedRoutes(working.routes, accessLog)
  const openFiles = new OpenFiles({ clock: systemClock, logger: engine.logger })
  opened.defer(() => openFiles.stop())
  const listener = await listen({ ...engine, ...network, routes, limits, refused })
  opened.defer(() => listener.close(DRAIN_MS))
  opened.defer(() => working.hurry())
  if (options.examined) opened.defer(examineOnStart(engine, engine.logger))
  const stop = (): Promise<void> => opened.disposeAsync()
  const endpoints = listener.bound.map(endpointOf)
  const [endpoint = ''] = endpoints
  return {
    endpoint,
    endpoints,
    port: listener.port,
    notices: [...notices, ...noticesOf(listener.bound, network)],
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

function loggedRoutes(routes: Working['routes'], accessLog: AccessLog): Working['routes'] {
  return new Map([...routes].map(([route, handle]) => [route, accessLog.logged(handle)]))
}

function noticesOf(bound: readonly BoundAddress[], { plainHttp }: Network): string[] {
  if (plainHttp === 'local' && bound.every(isLocal)) return ['Listens on the loopback interface only.']
  const open = bound.filter((one) => !one.secure && !isLocal(one)).map(showAddress)
  if (open.length === 0) return []
  return [`Plain HTTP on ${open.join(', ')}: the network can read and repeat requests, and read the answers.`]
}
