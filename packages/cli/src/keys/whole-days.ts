import { InvalidArgumentError } from 'commander'

/** A number of days. Which numbers an operation takes, the service says. */
export function wholeDays(text: string): number {
  if (/^\d{1,6}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('It must be a number of days.')
}
