import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { nodeArguments } from '../../tools/testing/keyhold.ts'
import { cleanEnvironment } from '../../packages/cli/test/support/vault.ts'

/** What one command is plugged into; by default an empty input, and files. */
export interface Plug {
  args: readonly string[]
  input?: Uint8Array
  stdin?: string
  stdout?: string
  stderr?: string
  env?: NodeJS.ProcessEnv
  /** SIGTERM comes after so long. */
  stopMs?: number
}

export interface Ending {
  /** `hangs` if only SIGKILL ended it. */
  code: number | 'hangs'
  out: Buffer
  err: string
}

/** So many commands run at once. */
const JOBS = 4
const MAX_OUTPUT_BYTES = 2 ** 29

/** Runs all commands, some at a time. The ending is a text: the reason if this machine does not allow such a plug. */
export function runPlugged(plugs: readonly Plug[], folder: string): Promise<(Ending | string)[]> {
  const rows = plugs.map(({ args, input, stopMs, env, stdin, stdout, stderr }) => ({
    argv: [process.execPath, ...nodeArguments(args)],
    cwd: folder,
    env: env ?? cleanEnvironment(),
    input: Buffer.from(input ?? []).toString('base64'),
    ...(stopMs !== undefined && { stop_ms: stopMs }),
    stdin,
    stdout,
    stderr,
  }))
  const { promise, resolve, reject } = Promise.withResolvers<(Ending | string)[]>()
  const child = execFile(
    'python3',
    [join(import.meta.dirname, 'plug.py')],
    { maxBuffer: MAX_OUTPUT_BYTES },
    (error, stdout) => (error === null ? resolve(readEndings(stdout)) : reject(error)),
  )
  child.stdin!.end(JSON.stringify({ jobs: JOBS, rows }))
  return promise
}

type Answer = { skip: string } | { code: number | 'hangs'; out: string; err: string }

function readEndings(text: string): (Ending | string)[] {
  return (JSON.parse(text) as Answer[]).map((answer) => {
    if ('skip' in answer) return answer.skip
    const [out, err] = [Buffer.from(answer.out, 'base64'), Buffer.from(answer.err, 'base64').toString()]
    return { code: answer.code, out, err }
  })
}
