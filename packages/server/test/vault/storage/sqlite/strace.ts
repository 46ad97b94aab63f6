import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'

/** One system call: where its line starts and where it ends, because those of other threads may come between. */
export interface SystemCall {
  name: string
  /** What its first argument refers to. */
  file: string
  arguments: string
  startedAt: number
  endedAt: number
}

const STARTED = /^(\d+)\s+(\w+)\(\d+<([^>]*)>(.*)$/
const RESUMED = /^(\d+)\s+<\.\.\. \w+ resumed>/

/** Runs the module under strace, whatever its end, and returns what it printed. */
export async function underStrace(options: readonly string[], module: URL, args: readonly string[]): Promise<string> {
  const command = [...options, process.execPath, '--conditions=source', module.pathname, ...args]
  // Node's own cache of what it compiled is written with the very calls that are looked for.
  const env = { ...process.env, NODE_COMPILE_CACHE: undefined }
  try {
    return (await promisify(execFile)('strace', ['-f', ...command], { env, timeout: 60_000 })).stdout
  } catch (error) {
    // A child that was killed by a signal is an error with what it printed.
    if (error instanceof Error && 'signal' in error && error.signal === 'SIGKILL' && 'stdout' in error) {
      return String(error.stdout)
    }
    throw error
  }
}

/** The calls on files in a log of `strace -f -y -o`, in the order in which they began. */
export async function systemCalls(log: string): Promise<SystemCall[]> {
  const calls: SystemCall[] = []
  const unfinished = new Map<string, SystemCall>()
  for (const [at, line] of (await readFile(log, 'utf8')).split('\n').entries()) {
    const resumed = RESUMED.exec(line)
    const call = resumed && unfinished.get(resumed[1] ?? '')
    if (call) call.endedAt = at
    const started = STARTED.exec(line)
    if (!started) continue
    const [, thread = '', name = '', file = '', rest = ''] = started
    const begun = { name, file, arguments: rest, startedAt: at, endedAt: at }
    calls.push(begun)
    if (rest.endsWith('<unfinished ...>')) unfinished.set(thread, begun)
  }
  return calls
}
