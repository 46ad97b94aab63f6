import { isIP } from 'node:net'
import { InvalidArgumentError, Option } from 'commander'

/** A name of DNS, or one with `*` in the place of its first label (RFC 9525, section 6.3). */
const NAME = /^(\*\.)?[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/i
const MAX_NAME = 253
/** Certificates with more are too large for some clients. */
const MOST_NAMES = 100
/** Apple's clients refuse certificates of servers that are valid for longer. */
const MAX_DAYS = 825
const USUAL_DAYS = 397

/** `--name`: by which clients call the server. */
export function nameOption(about: string): Option {
  return new Option('-n, --name <name>', about).argParser((text: string, before: string[] | undefined) => {
    const names = [...(before ?? []), ...text.split(',').map(parseName)]
    if (names.length > MOST_NAMES) throw new InvalidArgumentError(`A certificate has at most ${MOST_NAMES} names.`)
    return names
  })
}

function parseName(text: string): string {
  if (isIP(text) !== 0 && !text.includes('%')) return text
  if (NAME.test(text) && text.length <= MAX_NAME) return text.toLowerCase()
  throw new InvalidArgumentError(`${JSON.stringify(text)} is neither a DNS name nor an IP address.`)
}

/** `--days`: how long a certificate of a server is valid. */
export function daysOption(): Option {
  return new Option('--days <number>', 'how long the certificate is valid')
    .default(USUAL_DAYS)
    .argParser((text: string) => {
      const days = /^\d{1,3}$/.test(text) ? Number(text) : 0
      if (days >= 1 && days <= MAX_DAYS) return days
      throw new InvalidArgumentError(`Days are a whole number from 1 to ${MAX_DAYS}.`)
    })
}
