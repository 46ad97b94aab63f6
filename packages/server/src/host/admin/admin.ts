import type { Logger } from '../../platform/logger.ts'
import { REQUESTS } from '../http/request-meter.ts'
import { healthOf } from './health.ts'
import { KeptMetrics } from './kept-metrics.ts'
import {
  type AdminAnswer,
  type AdminHandle,
  type AdminListening,
  type AdminPlace,
  type AdminRoutes,
  json,
  listenForAdmin,
  text,
} from './listener.ts'
import type { SealControl } from './seal-control.ts'
import { sealDeeds } from './seal-deeds.ts'
import { METRICS } from './metrics-table.ts'
import { statusOf } from './status.ts'
import { atItsOwnPace } from './own-pace.ts'
import type { Watched } from './watched.ts'

/**
 * What an operator and their monitoring ask a running server: health, metrics and status, on a listener of its own. It shows nothing
 * that is secret (docs/decisions/0067), and changes one thing alone: whether the server is sealed (docs/decisions/0076).
 */

/** The metrics of a server. Requests report to them before there is anything else to read. */
export function serverMetrics(logger: Pick<Logger, 'warn'>): KeptMetrics {
  return new KeptMetrics(METRICS, logger)
}

/** A server that is asked how it is, and that can be sealed and unsealed. */
interface Administered {
  watched: Watched
  metrics: KeptMetrics
  /** Nothing for a server that is always open, and while one starts. */
  control: () => SealControl | undefined
}

/** What is answered, alike wherever it is asked: a share that one person gives over an address counts for one on the socket. */
function adminRoutes(server: Administered): AdminRoutes {
  const { watched, metrics, control } = server
  const { clock } = watched
  const handles: Readonly<Record<string, AdminHandle>> = {
    '/livez': () => text(200, 'ok\n'),
    '/readyz': atItsOwnPace(() => readiness(watched), clock),
    '/metrics': atItsOwnPace(() => metricsText(metrics), clock),
    '/status': atItsOwnPace(async () => json(200, await statusOf(watched, requestsByResult(metrics))), clock),
  }
  return { handles: new Map(Object.entries(handles)), deeds: sealDeeds(control, clock) }
}

/** Starts to answer at a place. Everything can be asked for from then on, also while the server starts and stops. */
export function adminAt(server: Administered, logger: Logger): (place: AdminPlace) => Promise<AdminListening> {
  const routes = adminRoutes(server)
  return (place) => listenForAdmin(place, routes, logger)
}

async function readiness(watched: Watched): Promise<AdminAnswer> {
  const health = await healthOf(watched)
  return json(health.ready ? 200 : 503, health)
}

/** What writes the text is loaded when it is first asked for: most servers start for requests. */
async function metricsText(metrics: KeptMetrics): Promise<AdminAnswer> {
  const { PROMETHEUS_TYPE, prometheusText } = await import('./prometheus.ts')
  return { status: 200, contentType: PROMETHEUS_TYPE, body: await prometheusText(await metrics.families()) }
}

function requestsByResult(metrics: KeptMetrics): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { labels, value } of metrics.counted(REQUESTS)) {
    const { result = '' } = labels
    counts[result] = (counts[result] ?? 0) + value
  }
  return counts
}
