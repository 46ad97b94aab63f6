import type { AuditLoad } from '../../audit/audit-log.ts'
import type { DomainAge } from '../../jobs/domain-rotation.ts'
import type { Clock } from '../../platform/clock.ts'
import type { DiskWatch } from './facts/disk-use.ts'
import type { KeyCensus } from './facts/key-census.ts'
import type { LoopWatch } from './facts/process-facts.ts'

/** How often a cache had what was asked for, and how often not. */
export interface CacheUse {
  hits: number
  misses: number
}

/** A certificate that the server shows, or would. */
export interface ShownCertificate {
  /** What tells it from the others of the server, as configured. */
  name: string
  /** When it expires, in milliseconds since the epoch. */
  notAfterMs: number
}

/**
 * `starting` until requests are answered, be it that the server is sealed; `stopping` from the first sign of the end.
 */
export type Phase = 'starting' | 'serving' | 'stopping'

/** Whether the root of trust is open. */
export interface SealStatus {
  state: 'sealed' | 'opening' | 'open' | 'sealing'
  /** Since when it is so, in milliseconds since the epoch. */
  sinceMs: number
  /** Why it is not open, for an operator. Nothing secret. */
  reason?: string
}

/**
 * What a running server shows of itself: facts that it has anyway, read when they are asked for. Metrics, health and status are
 * made of them. None of it is secret, and none of it names a key, an account or a client.
 */
export interface Watched {
  version: string
  /** When the process began to serve, in milliseconds since the epoch. */
  startedMs: number
  clock: Pick<Clock, 'now' | 'monotonic' | 'every'>
  phase(): Phase
  seal(): SealStatus
  /** Where requests are answered, as a client would name it. */
  listeners(): readonly string[]
  certificates(): readonly ShownCertificate[]
  /** Connections of clients by what they do, such as `idle`. */
  connections(): Readonly<Record<string, number>>
  /** Whether so little disk space is left that only administrative requests are answered. */
  isDiskScarce(): boolean
  disk: Pick<DiskWatch, 'use' | 'freeBytes' | 'daysLeft'>
  loop: Pick<LoopWatch, 'last'>
  /** What is known of the data folder while it is open. */
  open(): WatchedFolder | undefined
}

/** What a server shows of its open data folder. */
export interface WatchedFolder {
  /** Requests that wait for their turn. */
  waitingRequests(): number
  cryptography: { readonly load: { running: number; waiting: number } }
  caches(): Readonly<Record<string, CacheUse>>
  audit: { readonly load: AuditLoad; refusal(): Promise<string | undefined> }
  /** Reads something from the database. Rejects when it cannot be read. */
  readStore(): Promise<void>
  /** How old the keys of domains are, and how many older ones are still there. */
  domainKeys(): Promise<readonly DomainAge[]>
  /** Stops of the service that waiting periods do not count until an operator confirms them. */
  unconfirmedStops(): Promise<number>
  /** When the newest backup was made and when one was last tried; 0 if never. */
  backups(): Promise<{ madeMs: number; drilledMs: number }>
  keys: Pick<KeyCensus, 'last'>
}
