import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { constants } from 'node:os'
import { isSystemError, systemReason } from './system-failure.ts'
import { printable } from './terminal/printable.ts'

/** What shells answer for a command that is not there, and for one that cannot be run. */
const NOT_FOUND = 127
const NOT_RUNNABLE = 126

const PASSED_ON = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT'] as const

/**
 * Runs a command with this process's standard streams; resolves to its exit code once it has ended. Signals that ask
 * this process to end go to the command, and end this process through it.
 */
export function runCommand(command: readonly string[], environment: NodeJS.ProcessEnv): Promise<number> {
  const [program = '', ...args] = command
  return new Promise((resolve) => {
    const cannotRun = (error: NodeJS.ErrnoException): void => {
      console.error(`keyhold: cannot run ${printable(program)}: ${reasonOf(error)}.`)
      resolve(error.code === 'ENOENT' ? NOT_FOUND : NOT_RUNNABLE)
    }
    let child: ChildProcess | undefined
    for (const signal of PASSED_ON) process.on(signal, () => passOn(signal, child)) // before it can tell anybody that it runs
    try {
      child = spawn(program, args, { stdio: 'inherit', env: environment })
      child.on('error', cannotRun)
      child.on('exit', (code, signal) => resolve(code ?? 128 + constants.signals[signal ?? 'SIGKILL']))
    } catch (error) {
      cannotRun(error as NodeJS.ErrnoException) // so Node tells of rarer reasons, such as an environment that is too long
    }
  })
}

function reasonOf(error: Error): string {
  return isSystemError(error) ? systemReason(error) : error.message
}

/** A terminal sends what its keys mean to both of us: to send it on would be to send it twice. */
function passOn(signal: NodeJS.Signals, child: ChildProcess | undefined): void {
  const isKey = signal === 'SIGINT' || signal === 'SIGQUIT'
  if (!isKey || !process.stdin.isTTY) child?.kill(signal)
}
