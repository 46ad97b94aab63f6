import { InvalidArgumentError } from 'commander'
import type { Command } from 'commander'

/** For an option that may be repeated. */
export function collect(value: string, previous: readonly string[]): string[] {
  return [...previous, value]
}

const MEBIBYTE = 2 ** 20
/** What the system's cryptography takes in one piece. */
const MOST_MEBIBYTES = 2047

/** Adds the flag that lets messages with long frames be read. */
export function withMaxFrame(command: Command): Command {
  return command.option(
    '--max-frame <MiB>',
    'read frames of up to so many MiB, each of which is held in memory (default: 16)',
    mebibytes,
  )
}

/** For `--max-frame`: a whole number of MiB, in bytes. */
function mebibytes(text: string): number {
  const number = /^\d{1,4}$/.test(text) ? Number(text) : 0
  if (number >= 1 && number <= MOST_MEBIBYTES) return number * MEBIBYTE
  throw new InvalidArgumentError(`It must be a whole number of MiB from 1 to ${MOST_MEBIBYTES}.`)
}

/** The limits that the flag sets. */
export function limitsOf(maxFrame: number | undefined): { limits?: { maxFrameLength: number } } {
  return maxFrame === undefined ? {} : { limits: { maxFrameLength: maxFrame } }
}

/** For `-c name=value`, repeated: every name once. The value may contain further equals signs. */
export function collectContext(text: string, previous: Readonly<Record<string, string>>): Record<string, string> {
  const equals = text.indexOf('=')
  if (equals < 1) throw new InvalidArgumentError('It must be NAME=VALUE.')
  const name = text.slice(0, equals)
  if (Object.hasOwn(previous, name))
    throw new InvalidArgumentError(`The name ${JSON.stringify(name)} was given before.`)
  const context = Object.create(null) as Record<string, string> // so that __proto__ is a name like any other
  return Object.assign(context, previous, { [name]: text.slice(equals + 1) })
}
