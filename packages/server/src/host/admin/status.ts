import type { DomainAge } from '../../jobs/domain-rotation.ts'
import { type Health, healthOf } from './health.ts'
import type { SealStatus, Watched, WatchedFolder } from './watched.ts'

/** What `keyhold status` shows. Times are ISO 8601, and what is not known is absent. */
export interface Status {
  version: string
  processId: number
  startedAt: string
  uptimeSeconds: number
  health: Health
  /** Whether the root of trust is open, and why not. */
  seal: { state: SealStatus['state']; since: string; reason?: string }
  listeners: readonly string[]
  certificates: { name: string; expiresAt: string }[]
  keys?: {
    countedAt: string
    states: Record<string, number>
    nextDeletionAt?: string
    overdueDeletions: number
    rotating: number
    nextRotationAt?: string
    overdueRotations: number
    nextMaterialExpiryAt?: string
  }
  /** The keys that seal what is stored, and how many older ones there still are. Absent while the server is sealed. */
  domainKeys?: { domain: string; generation: number; ageSeconds: number; retired: number }[]
  audit: { lagSeconds: number; waiting: number; bytes?: number }
  disk: { freeBytes: number; daysLeft?: number; databaseBytes?: number }
  /** Requests that this process answered since it started, by result. */
  requests: Record<string, number>
  requestsWaiting: number
  connections: number
  eventLoopDelay?: { p99Seconds: number; maxSeconds: number }
  /** Absent while the server is sealed. */
  unconfirmedStops?: number
  /** Absent while the server is sealed; a time is absent if there was none yet. */
  backups?: { newestAt?: string; triedAt?: string }
}

/** `requests`: those that were answered since the start, by result. */
export async function statusOf(watched: Watched, requests: Record<string, number>): Promise<Status> {
  const { version, startedMs, clock, disk, loop } = watched
  const folder = watched.open()
  const [health, freeBytes, daysLeft, stops, domains, backups] = await Promise.all([
    healthOf(watched),
    disk.freeBytes(),
    disk.daysLeft(),
    folder?.unconfirmedStops(),
    folder?.domainKeys(),
    folder?.backups(),
  ])
  // Nothing waits in a server that is sealed.
  const { lagMs, waitingLines } = folder?.audit.load ?? { lagMs: 0, waitingLines: 0 }
  return {
    version,
    processId: process.pid,
    startedAt: iso(startedMs),
    uptimeSeconds: Math.max(0, Math.round((clock.now() - startedMs) / 1000)),
    health,
    seal: sealOf(watched),
    listeners: watched.listeners(),
    certificates: watched.certificates().map(({ name, notAfterMs }) => ({ name, expiresAt: iso(notAfterMs) })),
    ...keysOf(folder),
    ...(domains && { domainKeys: domains.map(shownDomain) }),
    audit: { lagSeconds: lagMs / 1000, waiting: waitingLines, ...(disk.use && { bytes: disk.use.auditBytes }) },
    disk: {
      freeBytes,
      ...(daysLeft !== undefined && { daysLeft }),
      ...(disk.use && { databaseBytes: disk.use.databaseBytes }),
    },
    requests,
    requestsWaiting: folder?.waitingRequests() ?? 0,
    connections: Object.values(watched.connections()).reduce((sum, count) => sum + count, 0),
    ...(loop.last && { eventLoopDelay: { p99Seconds: loop.last.p99Seconds, maxSeconds: loop.last.maxSeconds } }),
    ...(stops !== undefined && { unconfirmedStops: stops }),
    ...(backups && { backups: { ...timeOf('newestAt', backups.madeMs), ...timeOf('triedAt', backups.drilledMs) } }),
  }
}

function sealOf({ seal }: Watched): Status['seal'] {
  const { state, sinceMs, reason } = seal()
  return { state, since: iso(sinceMs), ...(reason !== undefined && { reason }) }
}

function shownDomain({ domain, generation, retired, ageMs }: DomainAge): NonNullable<Status['domainKeys']>[number] {
  return { domain, generation, ageSeconds: Math.round(ageMs / 1000), retired }
}

function keysOf(folder: WatchedFolder | undefined): Pick<Status, 'keys'> {
  const last = folder?.keys.last
  if (last === undefined) return {}
  const states = Object.entries({ ...last.states, NotAuthentic: last.notAuthentic })
  return {
    keys: {
      countedAt: iso(last.countedMs),
      states: Object.fromEntries(states.filter(([, count]) => count > 0)),
      ...dated('nextDeletionAt', last.nextDeletionMs),
      overdueDeletions: last.overdueDeletions,
      rotating: last.rotating,
      ...dated('nextRotationAt', last.nextRotationMs),
      overdueRotations: last.overdueRotations,
      ...dated('nextMaterialExpiryAt', last.nextExpiryMs),
    },
  }
}

function dated<N extends string>(name: N, ms: number | undefined): { [P in N]?: string } {
  return (ms === undefined ? {} : { [name]: iso(ms) }) as { [P in N]?: string }
}

/** 0: never. */
function timeOf<N extends string>(name: N, ms: number): { [P in N]?: string } {
  return dated(name, ms === 0 ? undefined : ms)
}

/** Dates beyond those that ISO 8601 has in four digits, as of material that hardly expires, keep their sign. */
function iso(ms: number): string {
  return new Date(Math.min(ms, 8.64e15)).toISOString()
}
