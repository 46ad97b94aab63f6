import type { Watched, WatchedFolder } from '../../../src/host/admin/watched.ts'

const NO_USE = { hits: 0, misses: 0 }

/** A server with which nothing is wrong, but for what is given: of the server, or of its open data folder. */
export function watched(but: Partial<Watched & WatchedFolder> = {}): Watched {
  const folder: WatchedFolder = {
    waitingRequests: () => 0,
    cryptography: { load: { running: 0, waiting: 0 } },
    caches: () => ({ records: NO_USE, key_material: NO_USE }),
    audit: {
      load: { waitingLines: 0, lagMs: 0, writtenLines: 0, writtenBytes: 0 },
      refusal: () => Promise.resolve(undefined),
    },
    readStore: () => Promise.resolve(),
    domainKeys: () =>
      Promise.resolve([{ domain: 'global', generation: 2, ageMs: 86_400_000, retired: 1, rotatingMs: 5000 }]),
    unconfirmedStops: () => Promise.resolve(0),
    backups: () => Promise.resolve({ madeMs: Date.UTC(2026, 0, 1), drilledMs: 0 }),
    keys: { last: undefined },
    ...but,
  }
  return {
    version: '1.2.3',
    startedMs: Date.UTC(2026, 0, 1),
    clock: { now: () => Date.UTC(2026, 0, 1, 0, 1), monotonic: () => 60_000, every: () => () => undefined },
    phase: () => 'serving',
    seal: () => ({ state: 'open', sinceMs: Date.UTC(2026, 0, 1) }),
    listeners: () => ['http://127.0.0.1:5670'],
    certificates: () => [],
    connections: () => ({ idle: 2, working: 1 }),
    isDiskScarce: () => false,
    disk: {
      use: undefined,
      freeBytes: () => Promise.resolve(1000),
      daysLeft: () => Promise.resolve(undefined),
    },
    loop: { last: undefined },
    open: () => folder,
    ...but,
  }
}

/** What else is so of a server that is sealed. */
export function sealed(state: 'sealed' | 'opening' | 'sealing' = 'sealed'): Partial<Watched> {
  return {
    seal: () => ({ state, sinceMs: Date.UTC(2026, 0, 1), reason: 'the root file is not there' }),
    open: () => undefined,
  }
}
