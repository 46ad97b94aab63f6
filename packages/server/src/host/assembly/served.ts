import type { SealControl } from '../admin/seal-control.ts'
import type { SealStatus } from '../admin/watched.ts'
import type { Handle } from '../http/exchange.ts'
import type { Metrics } from '../../platform/metrics.ts'
import type { Engine } from './open.ts'
import type { Working } from './working.ts'

/** A data folder that is open, and what works on it. */
export interface OpenFolder {
  engine: Engine
  working: Working
}

/**
 * What is behind the listeners of a server: a data folder that is open, or one that is sealed. Listeners, certificates, the admin
 * listener, telemetry and the access log belong to the process and outlive each of its seals; what the root of trust opened
 * belongs to the {@link OpenFolder}.
 */
export interface Served {
  /** What answers a method and path. The routes are the same while it is sealed. */
  routes: ReadonlyMap<string, Handle>
  /** The folder, while it is open. What keeps it keeps its keys in memory. */
  readonly open: OpenFolder | undefined
  readonly seal: SealStatus
  /** What seals and unseals it, if anything can. */
  readonly control?: SealControl
}

/** What watches a folder while it is open. */
export interface Observers {
  /** Where requests are counted. */
  metrics?: Metrics
  /** Counts the keys of an open folder in the background, until the function that it returns is called. */
  count?: (engine: Engine) => () => Promise<void>
}

/** A folder that is open from its start to its end, as that of a development server. */
export function alwaysOpen(open: OpenFolder, sinceMs: number): Served {
  return { routes: open.working.routes, open, seal: { state: 'open', sinceMs } }
}
