import { parseEnv } from 'node:util'
import { UsageError } from '../base/errors.ts'

/** A line with nothing, or with a comment. */
const NOTHING = /[ \t]*(#[^\n]*)?(\r?\n|$)/y
/** A pair whose value every reader of such files takes for the same: in quotes, or with no quote and no `#` in it. */
const PAIR =
  /[ \t]*(?:export[ \t]+)?([^\s=#'"`]+)[ \t]*=[ \t]*('[^']*'|"[^"]*"|`[^`]*`|[^\s'"`#][^'"`#\n]*|)[ \t]*(?:\r?\n|$)/y

/**
 * The pairs of a file of lines `NAME=value`, in its order, read as Node's own `--env-file` does. What that would pass over,
 * or cut short at a `#`, is refused, but for a byte-order mark: half a password is of no use.
 *
 * @throws UsageError with the number of the line, from 1, and nothing of what it says.
 */
export function parseEnvFile(text: string): [name: string, value: string][] {
  const pairs: [string, string][] = []
  for (let at = text.startsWith('\uFEFF') ? 1 : 0; at < text.length;) {
    NOTHING.lastIndex = PAIR.lastIndex = at
    const pair = NOTHING.test(text) ? undefined : PAIR.exec(text)
    if (pair === null) throw malformed(lineAt(text, at))
    if (pair !== undefined) pairs.push(valueOf(pair))
    at = pair === undefined ? NOTHING.lastIndex : PAIR.lastIndex
  }
  return pairs
}

function valueOf([text, name]: RegExpExecArray): [name: string, value: string] {
  return [name!, parseEnv(text)[name!] ?? '']
}

function lineAt(text: string, index: number): number {
  return text.slice(0, index).split('\n').length
}

function malformed(line: number): UsageError {
  const rule = 'Put a value with a # or a quote in it into quotes of another kind.'
  return new UsageError(`Line ${line} is not NAME=value. ${rule}`)
}
