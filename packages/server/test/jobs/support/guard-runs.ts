import {
  acts,
  ends,
  type Event,
  isAccepted,
  isCopied,
  isExchanged,
  isRemoved,
  isSwapped,
  jumps,
  measures,
  passes,
  reboots,
  runs,
  saves,
  says,
  schedules,
  starts,
  writes,
} from './guard-model.ts'

export type Events = readonly [name: string, event: Event][]

const each = (name: string, make: (index: number) => Event): Events =>
  [0, 1].map((index) => [`${name} ${index + 1}`, make(index)])

const PASSING: Events = [
  ['1 minute passes', passes(1)],
  ['12 minutes pass', passes(12)],
]

const TWO: Events = [
  ...PASSING,
  ...each('start of', starts),
  ...each('job of', acts),
  ['deletion scheduled', schedules],
]

/** How processes count, one or two at once, each of which may hang before it writes. */
const COUNTING: Events = [...TWO, ...each('measured by', measures), ...each('saved by', saves)]

/** Two processes that take turns at writing. */
const TURNS: Events = [...TWO, ...each('written by', writes)]

/** Stops, of which wall time says anything and an operator knows the truth or not. */
const STOPS: Events = [
  ...TURNS,
  ['wall time jumps ahead', jumps(30)],
  ['wall time jumps back', jumps(-30)],
  ...each('end of', ends),
  ['true word of the operator', says(true)],
  ['false word of the operator', says(false)],
  ['word taken back', says(true, false)],
]

/** Stops of which the machine tells how long they were, unless it was started again. */
const BOOTS: Events = [
  ...TWO,
  ...each('measured by', measures),
  ...each('saved by', saves),
  ['wall time jumps ahead', jumps(30)],
  ['end of 1', ends(0)],
  ['start of the machine', reboots],
]

/** One process, and an attacker that removes its row. No ledger is needed against that. */
const REMOVALS: Events = [
  ...PASSING,
  ['start', starts(0)],
  ['end', ends(0)],
  ['written', writes(0)],
  ['12 minutes of running', runs(12)],
  ['job', acts(0)],
  ['deletion scheduled', schedules],
  ['row removed', isRemoved],
]

/** The row is removed, and later exchanged with the one that came after it. No ledger is needed against that either. */
const EXCHANGES: Events = [...REMOVALS, ['row copied', isCopied], ['row exchanged', isExchanged]]

/** The row is put back as it was. The ledger shows that, until an operator accepts it. */
const RESTORATIONS: Events = [
  ...REMOVALS,
  ['row copied', isCopied],
  ['row put back', isSwapped],
  ['rows accepted', isAccepted],
]

/** What may happen in a run, how many events long every test looks, and how many `npm run chaos` does. */
export interface Run {
  events: Events
  length: number
  chaosLength: number
}

export const RUNS = {
  counting: { events: COUNTING, length: 7, chaosLength: 10 },
  turns: { events: TURNS, length: 7, chaosLength: 10 },
  stops: { events: STOPS, length: 5, chaosLength: 8 },
  boots: { events: BOOTS, length: 6, chaosLength: 8 },
  removals: { events: REMOVALS, length: 6, chaosLength: 9 },
  exchanges: { events: EXCHANGES, length: 6, chaosLength: 8 },
  restorations: { events: RESTORATIONS, length: 6, chaosLength: 8 },
} as const satisfies Record<string, Run>
