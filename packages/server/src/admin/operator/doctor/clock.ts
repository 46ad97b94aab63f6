import { readSeenTime } from '../../../vault/records/waits.ts'
import type { Check } from './check.ts'

const NAME = 'clock'
/** As long as a clock may be wrong before signatures of requests are refused, twice. */
const TOLERANCE_MS = 10 * 60_000

/** A clock that is behind what it said before. How far ahead it may be, nothing here can tell. */
export const clockBehind: Check = {
  name: NAME,

  async *findings(examined) {
    const seen = (await readSeenTime(examined))?.seen
    const behindMs = seen === undefined ? 0 : seen.wallMs - examined.clock.now()
    if (seen === undefined || behindMs < TOLERANCE_MS) return
    yield {
      check: NAME,
      weight: 'wrong',
      message: `The clock of this machine is ${Math.round(behindMs / 60_000)} minutes behind what it said when the service last ran.`,
      remedy: 'Set the clock: until then requests are refused, and times in the audit log are wrong.',
      facts: { service: new Date(seen.wallMs).toISOString(), now: new Date(examined.clock.now()).toISOString() },
    }
  },
}
