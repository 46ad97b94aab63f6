import type { SeenTime } from '../../../src/domain/keys/seen-time.ts'
import { BEGINNING, MACHINE, type Machine, WINDOW_MS, type World } from './guard-model.ts'
import type { Events, RUNS } from './guard-runs.ts'

interface Found {
  /** The events that lead to a key that was deleted early, if any do. */
  trace?: string[]
  worlds: number
}

interface Reached {
  world: World
  trace: string[]
}

/**
 * Looks at every world that any order of the run's events leads to. The first that is found in which a key was deleted earlier
 * than its window in true time ends it, unless an operator said what is not true of a stop after its beginning.
 */
export function explore(machine: Machine, events: Events, length: number): Found {
  const seen = new Set<string>()
  let worlds: Reached[] = [{ world: BEGINNING, trace: [] }]
  for (let step = 0; step < length; step++) {
    const next: Reached[] = []
    for (const reached of worlds.flatMap((from) => successors(from, machine, events))) {
      if (isEarly(reached.world)) return { trace: reached.trace, worlds: seen.size }
      const print = fingerprint(reached.world)
      if (reached.world.deletedAfterMs !== undefined || seen.has(print)) continue
      seen.add(print)
      next.push(reached)
    }
    worlds = next
  }
  return { worlds: seen.size }
}

function successors({ world, trace }: Reached, machine: Machine, events: Events): Reached[] {
  return events.flatMap(([name, event]) => {
    const after = event(world, machine)
    return after ? [{ world: after, trace: [...trace, name] }] : []
  })
}

function isEarly({ deletedAfterMs, isExcused }: World): boolean {
  return deletedAfterMs !== undefined && deletedAfterMs < WINDOW_MS && isExcused !== true
}

/** What of a world makes a difference to what may happen in it: times are relative to now, sums to what is written. */
function fingerprint({
  nowMs,
  aheadMs,
  bootedMs,
  stored,
  copy,
  processes,
  key,
  ranMs,
  trueStops,
  ...rest
}: World): string {
  const relativeMs = stored?.seen.seenMs ?? 0
  const row = (one: { seen: SeenTime; version: number } | undefined): unknown =>
    one && [
      one.seen.clock,
      one.seen.seenMs - relativeMs,
      one.seen.wallMs - nowMs - aheadMs,
      one.seen.stops.map(({ number, fromMs, toMs, counts }) => [number, toMs - fromMs, counts]),
      one.version - (stored?.version ?? 0),
      one.seen.at && [one.seen.at.id, one.seen.at.uptimeMs + bootedMs - nowMs],
    ]
  return JSON.stringify([
    rest,
    row(stored),
    row(copy),
    processes.map(
      (one) => one && [row(one.base), one.base.sinceMs - nowMs, row(one.saving), (one.saving?.atMs ?? 0) - nowMs],
    ),
    key && [key.sinceMs - nowMs, key.wait?.clock, key.wait?.stops, (key.wait?.untilMs ?? 0) - relativeMs],
    ranMs - nowMs,
    Object.entries(trueStops).map(([number, { lengthMs, endMs }]) => [number, lengthMs, endMs - nowMs]),
  ])
}

/** Mistakes that the machine could have, and the run that must find each. */
export const MUTANTS: Record<string, [run: keyof typeof RUNS, change: Partial<Machine>]> = {
  'the date alone counts': ['counting', { remainingMs: () => 0 }],
  'one step has no limit': [
    'counting',
    { seenAfter: (seen, passedMs) => ({ ...seen, seenMs: seen.seenMs + passedMs }) },
  ],
  'a wait allows for nothing': [
    'counting',
    { waitOf: ({ clock, seenMs, stopCount }, windowMs) => ({ clock, untilMs: seenMs + windowMs, stops: stopCount }) },
  ],
  'a wait allows for one step': [
    'counting',
    {
      waitOf: (seen, windowMs) => {
        const wait = MACHINE.waitOf(seen, windowMs)
        return { ...wait, untilMs: wait.untilMs - 2 * 60_000 }
      },
    },
  ],
  'what another wrote is counted from before': [
    'turns',
    { following: (base, stored) => ({ ...stored, sinceMs: base.sinceMs }) },
  ],
  'a stop counts unasked': [
    'stops',
    {
      foundAtStart: (seen, wallMs) => {
        const found = MACHINE.foundAtStart(seen, wallMs)
        return { ...found, stops: found.stops.map((stop) => ({ ...stop, counts: true })) }
      },
    },
  ],
  'a stop counts for what was scheduled after it': [
    'stops',
    { waitOf: (seen, windowMs) => ({ ...MACHINE.waitOf(seen, windowMs), stops: 0 }) },
  ],
  'a word cannot be taken back': ['stops', { withWord: (seen, number) => MACHINE.withWord(seen, number, true) }],
  'the name of the clock is not looked at': [
    'exchanges',
    { remainingMs: (wait, seen) => wait && MACHINE.remainingMs({ ...wait, clock: seen.clock }, seen) },
  ],
  'a wait does not allow for a clock that was not written': [
    'boots',
    { waitOf: (seen, ms) => MACHINE.waitOf(seen, ms) },
  ],
  'wall time counts while the machine runs': [
    'boots',
    {
      foundAtStart: (seen, wallMs, at) => {
        const found = MACHINE.foundAtStart(seen, wallMs, at)
        return { ...found, seenMs: Math.max(found.seenMs, seen.seenMs + wallMs - seen.wallMs) }
      },
    },
  ],
  'the ledger is not looked at': ['restorations', { asksLedger: false }],
  'accepted rows keep their clock': ['restorations', { beginsClockOnAccept: false }],
}
