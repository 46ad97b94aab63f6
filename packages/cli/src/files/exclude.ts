import picomatch from 'picomatch'
import { UsageError } from '../base/errors.ts'

/** Whether what has this path below the folder, name by name, is left out, with all that is in it. */
export type Excludes = (path: readonly string[]) => boolean

const MAX_PATTERN_LENGTH = 4096

/**
 * Reads the patterns of `--exclude`: `*` is any part of a name, `**` any folders, `?` a character, `[ab]` one of some and
 * `{a,b}` one of several. A pattern without a slash is held against the last name, wherever that is; one with a slash against
 * the path below the folder. Names that begin with a dot are names like any other. Case counts.
 *
 * @throws UsageError for a pattern that is empty or absurdly long.
 */
export function excludesOf(patterns: readonly string[]): Excludes {
  const matchers = patterns.map(matcherOf)
  return (path) => matchers.some((matches) => matches(path))
}

function matcherOf(pattern: string): Excludes {
  const relative = pattern.replace(/^\/+/, '').replace(/\/+$/, '')
  if (relative === '' || pattern.length > MAX_PATTERN_LENGTH) {
    throw new UsageError(`--exclude takes a pattern such as '*.tmp' or cache/old, and not ${JSON.stringify(pattern)}.`)
  }
  const isMatch = picomatch(relative, { dot: true, nonegate: true, strictSlashes: true })
  const isPath = pattern.replace(/\/+$/, '').includes('/')
  return (path) => isMatch(isPath ? path.join('/') : path.at(-1)!)
}
