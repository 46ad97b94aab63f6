import { spawn } from 'node:child_process'
import { constants } from 'node:os'

/** What shells answer for a command that is not there, and for one that cannot be run. */
const NOT_FOUND = 127
const NOT_RUNNABLE = 126

/**
 * Runs a command with this process's standard streams; resolves to its exit code once it has ended. Signals that ask
 * this process to end go to the command, and end this process through it.
 */
export function runCommand(command: readonly string[], environment: NodeJS.ProcessEnv): Promise<number> {
  const [program = '', ...args] = command
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: 'inherit', env: environment })
    const forward = (signal: NodeJS.Signals): void => {
      // A terminal sends Ctrl-C to both of us: to send it on would be to send it twice.
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal)
    }
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, forward)
    child.on('error', (error: NodeJS.ErrnoException) => {
      console.error(`keyhold: cannot run ${program}: ${error.message}`)
      resolve(error.code === 'ENOENT' ? NOT_FOUND : NOT_RUNNABLE)
    })
    child.on('exit', (code, signal) => resolve(code ?? 128 + constants.signals[signal ?? 'SIGKILL']))
  })
}
