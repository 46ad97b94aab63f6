import {
  begunClock,
  type Boot,
  following,
  foundAtStart,
  remainingMs,
  type Counted,
  type SeenTime,
  seenAfter,
  type Wait,
  waitOf,
  withWord,
} from '../../../src/domain/keys/seen-time.ts'

/** What the guard is made of. Mutants have one function that is wrong. */
export const MACHINE = {
  begunClock,
  following,
  foundAtStart,
  remainingMs,
  seenAfter,
  waitOf,
  withWord,
  /** Rules of other places: nothing is deleted from rows that contradict the ledger, and who accepts them begins a clock. */
  asksLedger: true,
  beginsClockOnAccept: true,
}
export type Machine = typeof MACHINE

const MINUTE_MS = 60_000
/** The waiting period of the model's key, and the longest there is. */
export const WINDOW_MS = 3 * MINUTE_MS

/** A process on the data folder: what it counts from, and what it is about to write. */
interface Process {
  base: Counted
  saving?: { seen: SeenTime; version: number; atMs: number }
}

/** Everything there is. True time is `nowMs`; a process has seen it by its monotonic clock. */
export interface World {
  nowMs: number
  /** How far wall time is ahead. */
  aheadMs: number
  stored?: { seen: SeenTime; version: number } | undefined
  /** An old copy of the row, for restoring it. */
  copy?: { seen: SeenTime; version: number }
  /** Whether the rows contradict the ledger. */
  isAltered: boolean
  processes: (Process | undefined)[]
  key?: { sinceMs: number; wait: Wait | undefined } | undefined
  /** When a process ran last. */
  ranMs: number
  /** How long the noticed stops were in truth, and when each ended. */
  trueStops: Record<number, { lengthMs: number; endMs: number }>
  /** Stops of which the operator said what is not true. */
  lies: number[]
  clocks: number
  /** How often the machine was started, and when last. Before the first time it does not tell how long it runs. */
  boots: number
  bootedMs: number
  /** What the key's deletion was, in terms of true time: the fault that is looked for. */
  deletedAfterMs?: number
  isExcused?: boolean
}

/** One thing that may happen: the world after it, or `undefined` where it cannot happen. */
export type Event = (world: World, machine: Machine) => World | undefined

function bootOf({ boots, bootedMs, nowMs }: World): Boot | undefined {
  return boots === 0 ? undefined : { id: `boot ${boots}`, uptimeMs: nowMs - bootedMs, isSynchronized: false }
}

/** The machine is started: no process survives that. */
export const reboots: Event = (world) => ({
  ...world,
  boots: world.boots + 1,
  bootedMs: world.nowMs,
  processes: [undefined, undefined],
})

const wallMs = (world: World): number => world.nowMs + world.aheadMs

function withProcess(world: World, index: number, process: Process | undefined): World {
  return { ...world, processes: world.processes.with(index, process) }
}

function newClock(world: World, { begunClock }: Machine): World {
  const clocks = world.clocks + 1
  const version = (world.stored?.version ?? 0) + 1
  return { ...world, clocks, stored: { seen: begunClock(`clock ${clocks}`, wallMs(world)), version } }
}

export const passes =
  (minutes: number): Event =>
  (world) => {
    const nowMs = world.nowMs + minutes * MINUTE_MS
    const isRunning = world.processes.some((process) => process !== undefined)
    return { ...world, nowMs, ranMs: isRunning ? nowMs : world.ranMs }
  }

export const jumps =
  (minutes: number): Event =>
  (world) => ({ ...world, aheadMs: world.aheadMs + minutes * MINUTE_MS })

export const starts =
  (index: number): Event =>
  (before, machine) => {
    if (before.processes[index] !== undefined) return undefined
    const world = before.stored ? before : newClock(before, machine)
    const { stored } = world
    if (stored === undefined) return undefined
    const seen = machine.foundAtStart(stored.seen, wallMs(world), bootOf(world))
    const found = { seen, version: stored.version + 1 }
    const stop = seen.stopCount > stored.seen.stopCount ? { [seen.stopCount]: trueStop(world) } : {}
    const trueStops = { ...world.trueStops, ...stop }
    return withProcess({ ...world, stored: found, trueStops, ranMs: world.nowMs }, index, {
      base: { ...found, sinceMs: world.nowMs },
    })
  }

function trueStop({ nowMs, ranMs, processes }: World): World['trueStops'][number] {
  const isRunning = processes.some((process) => process !== undefined)
  return { lengthMs: isRunning ? 0 : nowMs - ranMs, endMs: nowMs }
}

/** Killed, or stopped in an orderly way: what is about to be written then is written, or is not. */
export const ends =
  (index: number): Event =>
  (world) =>
    world.processes[index] && withProcess({ ...world, ranMs: world.nowMs }, index, undefined)

/** The process reads the row, and counts up to now. */
export const measures =
  (index: number): Event =>
  (before, machine) => {
    const process = before.processes[index]
    if (process === undefined) return undefined
    const world = before.stored ? before : newClock(before, machine)
    if (world.stored === undefined) return undefined
    const base = machine.following(process.base, world.stored, world.nowMs)
    const seen = machine.seenAfter(base.seen, world.nowMs - base.sinceMs)
    const at = bootOf(world)
    const saved = { ...seen, wallMs: wallMs(world), ...(at && { at }) }
    const saving = { seen: saved, version: base.version + 1, atMs: world.nowMs }
    return withProcess(world, index, { base, saving })
  }

/** What was measured is written, unless the row is another by now. It counts on from when it was measured. */
export const saves =
  (index: number): Event =>
  (world) => {
    const { saving, base } = world.processes[index] ?? {}
    if (!saving || !base) return undefined
    if (world.stored?.version !== saving.version - 1) return withProcess(world, index, { base })
    const { seen, version, atMs: sinceMs } = saving
    return withProcess({ ...world, stored: { seen, version } }, index, { base: { seen, version, sinceMs } })
  }

/** A deletion is scheduled, by whatever process runs. */
export const schedules: Event = (before, machine) => {
  if (before.key || before.processes.every((process) => process === undefined)) return undefined
  const world = before.stored ? before : newClock(before, machine)
  const wait = world.stored && machine.waitOf(world.stored.seen, WINDOW_MS, bootOf(world))
  return { ...world, key: { sinceMs: world.nowMs, wait } }
}

/** The job looks at the key, whose date has come: wall time may have been set to anything. */
export const acts =
  (index: number): Event =>
  (world, machine) => {
    const process = world.processes[index]
    const { key, stored } = world
    if (!process || !key || !stored || (machine.asksLedger && world.isAltered)) return undefined
    const base = machine.following(process.base, stored, world.nowMs)
    const followed = withProcess(world, index, { ...process, base })
    const left = machine.remainingMs(key.wait, machine.seenAfter(base.seen, world.nowMs - base.sinceMs))
    if (left === undefined)
      return { ...followed, key: { ...key, wait: machine.waitOf(stored.seen, WINDOW_MS, bootOf(world)) } }
    return left > 0 ? followed : deleted(followed)
  }

function deleted(world: World): World {
  const sinceMs = world.key?.sinceMs ?? 0
  const isExcused = world.lies.some((number) => (world.trueStops[number]?.endMs ?? 0) >= sinceMs)
  return { ...world, key: undefined, deletedAfterMs: world.nowMs - sinceMs, isExcused }
}

/** An operator says what they know, `honest`, or what is not so, of the newest stop. */
export const says =
  (isHonest: boolean, counts = true): Event =>
  (world, { withWord }) => {
    const stop = world.stored?.seen.stops.at(-1)
    if (!world.stored || stop === undefined || stop.counts === counts) return undefined
    // A process that is killed has not written its last minute.
    const isTrue = stop.toMs - stop.fromMs <= (world.trueStops[stop.number]?.lengthMs ?? 0) + 2 * MINUTE_MS
    if (counts && isTrue !== isHonest) return undefined
    const stored = { seen: withWord(world.stored.seen, stop.number, counts), version: world.stored.version + 1 }
    const others = world.lies.filter((number) => number !== stop.number)
    return { ...world, stored, lies: isTrue || !counts ? others : [...others, stop.number] }
  }

export const isRemoved: Event = ({ stored, ...world }) => stored && { ...world, stored: undefined }

export const isCopied: Event = (world) => world.stored && { ...world, copy: world.stored }

/** The copy is put in the place of the row, which is kept in turn. */
export const isSwapped: Event = ({ copy, stored, ...world }) =>
  copy && { ...world, isAltered: true, stored: copy, ...(stored && { copy: stored }) }

/** The same with a row of another clock. */
export const isExchanged: Event = (world, machine) => {
  const { copy, stored, isAltered } = world
  if (!copy || !stored || copy.seen.clock === stored.seen.clock) return undefined
  const swapped = isSwapped(world, machine)
  return swapped && { ...swapped, isAltered }
}

/** An operator accepts the rows as they are. */
export const isAccepted: Event = (world, machine) =>
  world.isAltered
    ? { ...(machine.beginsClockOnAccept ? newClock(world, machine) : world), isAltered: false }
    : undefined

/** What one process does without another between. */
export const writes =
  (index: number): Event =>
  (world, machine) => {
    const measured = measures(index)(world, machine)
    return measured && saves(index)(measured, machine)
  }

/** A process that runs as it should: it writes every minute. */
export const runs =
  (minutes: number): Event =>
  (world, machine) => {
    if (!world.processes[0]) return undefined
    let after: World | undefined = world
    for (let minute = 0; minute < minutes; minute++) after = after && writes(0)(passOne(after), machine)
    return after
  }

const passOne = (world: World): World => ({ ...world, nowMs: world.nowMs + MINUTE_MS, ranMs: world.nowMs + MINUTE_MS })

/** Nothing runs yet, and the clock is right, as far as it matters. */
export const BEGINNING: World = {
  nowMs: 0,
  aheadMs: 0,
  isAltered: false,
  processes: [undefined, undefined],
  ranMs: 0,
  trueStops: {},
  lies: [],
  clocks: 0,
  boots: 0,
  bootedMs: 0,
}
