import type { Watched } from '../../../src/host/admin/watched.ts'

const NO_USE = { hits: 0, misses: 0 }

/** A server with which nothing is wrong, but for what is given. */
export function watched(but: Partial<Watched> = {}): Watched {
  return {
    version: '1.2.3',
    startedMs: Date.UTC(2026, 0, 1),
    clock: { now: () => Date.UTC(2026, 0, 1, 0, 1), monotonic: () => 60_000 },
    phase: () => 'serving',
    listeners: () => ['http://127.0.0.1:5670'],
    certificates: () => [],
    connections: () => ({ idle: 2, working: 1 }),
    waitingRequests: () => 0,
    cryptography: { load: { running: 0, waiting: 0 } },
    caches: () => ({ records: NO_USE, key_material: NO_USE }),
    audit: {
      load: { waitingLines: 0, lagMs: 0, writtenLines: 0, writtenBytes: 0 },
      refusal: () => Promise.resolve(undefined),
    },
    readStore: () => Promise.resolve(),
    unconfirmedStops: () => Promise.resolve(0),
    isDiskScarce: () => false,
    disk: {
      use: undefined,
      freeBytes: () => Promise.resolve(1000),
      daysLeft: () => Promise.resolve(undefined),
    },
    keys: { last: undefined },
    loop: { last: undefined },
    ...but,
  }
}
