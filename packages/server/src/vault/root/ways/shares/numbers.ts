import { RootError } from '../../root-error.ts'
import type { WayParameters } from '../way.ts'

/** How many shares a set can have, and how many of them may be needed. */

const MIN_THRESHOLD = 2
/** More people than an operator can gather. */
const MAX_SHARES = 32

/** Whether a set can be so. */
export function areNumbers(threshold: number, count: number): boolean {
  return (
    [threshold, count].every(Number.isSafeInteger) &&
    MIN_THRESHOLD <= threshold &&
    threshold <= count &&
    count <= MAX_SHARES
  )
}

/** Why a set cannot be so, as sentences. */
export function refuseNumbers(count: number, threshold: number): string | undefined {
  if (areNumbers(threshold, count)) return undefined
  const advice = 'For one that is enough alone, add a way of the kind file instead.'
  return `There can be ${MIN_THRESHOLD} to ${MAX_SHARES} shares, of which at least ${MIN_THRESHOLD} open the root. ${advice}`
}

/** The numbers of a way. Throws RootError `damaged` where its file does not say them. */
export function numbersOf({ threshold = '', count = '' }: WayParameters): { threshold: number; count: number } {
  const numbers = { threshold: Number(threshold), count: Number(count) }
  if (areNumbers(numbers.threshold, numbers.count)) return numbers
  throw new RootError(
    'damaged',
    'A way of recovery shares does not say how many there are. Restore its file from a backup.',
  )
}
