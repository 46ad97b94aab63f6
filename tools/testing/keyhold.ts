import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { NODE_FLAGS, testedCommand } from './command.ts'

/** How long a server may take to start on a slow machine. */
const START_TIMEOUT_MS = 60_000

/** A command that has ended. */
export interface Ended {
  /** The exit code, or the signal that ended it. */
  status: number | NodeJS.Signals
  stdout: string
  stderr: string
}

/** A `keyhold serve` or `keyhold dev` that has said that it is ready, or sealed. */
export interface KeyholdServer {
  endpoint: string
  process: ChildProcess
  /** What it has said until now, on both streams. */
  readonly said: string
  /** Sends the signal, SIGTERM by default, and resolves once the process has ended. */
  stop(signal?: NodeJS.Signals): Promise<Ended>
}

/** Runs the command and resolves once it has ended. */
export function keyhold(args: readonly string[], env: NodeJS.ProcessEnv = process.env): Promise<Ended> {
  return ended(spawnKeyhold(args, env))
}

/** Starts a server and resolves once it says that it is ready. Rejects with what it said when it ends before. */
export async function startKeyhold(
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<KeyholdServer> {
  const child = spawnKeyhold(args, env)
  const end = ended(child)
  const lines: string[] = []
  const ready = new Promise<string>((resolve) => {
    for (const input of [child.stdout!, child.stderr!]) {
      createInterface({ input }).on('line', (line) => {
        lines.push(line)
        const endpoint = /^(?:Ready|Sealed)\. (\S+)/.exec(line)?.[1]
        if (endpoint !== undefined) resolve(endpoint)
      })
    }
  })
  const deadline = setTimeout(() => child.kill('SIGKILL'), START_TIMEOUT_MS)
  const endpoint = await Promise.race([ready, end.then(() => undefined)])
  clearTimeout(deadline)
  if (endpoint === undefined) throw new Error(`keyhold ${args.join(' ')} did not start:\n${lines.join('\n')}`)
  return {
    endpoint,
    process: child,
    get said() {
      return lines.join('\n')
    },
    stop(signal = 'SIGTERM') {
      child.kill(signal)
      return end
    },
  }
}

/** What Node is given to run the command with these arguments. */
export function nodeArguments(args: readonly string[]): string[] {
  return [...NODE_FLAGS, ...testedCommand().args, ...args]
}

function spawnKeyhold(args: readonly string[], env: NodeJS.ProcessEnv): ChildProcess {
  return spawn(process.execPath, nodeArguments(args), { env, stdio: ['ignore', 'pipe', 'pipe'] })
}

/** Resolves once a process whose output is piped has ended. */
export async function ended(child: ChildProcess): Promise<Ended> {
  const [stdout, stderr, [code, signal]] = await Promise.all([
    text(child.stdout!),
    text(child.stderr!),
    once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>,
  ])
  return { status: code ?? signal ?? 'SIGKILL', stdout, stderr }
}
