import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Asked once: what is packed later must not be of another time. */
let known: Promise<number> | undefined

/**
 * The one time that all packages carry, in seconds since 1970: SOURCE_DATE_EPOCH, or else when the commit was made.
 * https://reproducible-builds.org/specs/source-date-epoch/
 */
export function builtAt(): Promise<number> {
  return (known ??= ask())
}

async function ask(): Promise<number> {
  const { SOURCE_DATE_EPOCH: given } = process.env
  const text = given ?? (await run('git', ['log', '-1', '--format=%ct'], { cwd: import.meta.dirname })).stdout.trim()
  if (!/^\d{1,11}$/.test(text))
    throw new Error(`SOURCE_DATE_EPOCH is ${JSON.stringify(text)}, not a number of seconds.`)
  return Number(text)
}
