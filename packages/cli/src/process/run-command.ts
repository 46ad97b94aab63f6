import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { constants } from 'node:os'
import { withInheritedCoreDumps } from './core-dumps.ts'
import { inheritedDescriptors } from '../base/inherited-descriptors.ts'
import { isTerminal, warn } from '../descriptors/standard.ts'
import { isSystemError, systemReason } from '../base/system-failure.ts'
import { printable } from '../terminal/printable.ts'

/** What shells answer for a command that is not there, and for one that cannot be run. */
const NOT_FOUND = 127
const NOT_RUNNABLE = 126

/**
 * Signals that no process can catch, or that are about this process alone: its faults, its outputs, its limits,
 * and the end of its command. The last line has other names of signals.
 */
const NOT_PASSED_ON: ReadonlySet<string> = new Set(
  `SIGKILL SIGSTOP
   SIGABRT SIGBUS SIGFPE SIGILL SIGSEGV SIGSYS SIGTRAP
   SIGPIPE SIGXCPU SIGXFSZ SIGCHLD
   SIGIOT SIGPOLL SIGUNUSED`.split(/\s+/),
)

/** The signals that a command gets when its `keyhold` gets them. */
export const PASSED_ON: readonly NodeJS.Signals[] = (Object.keys(constants.signals) as NodeJS.Signals[]).filter(
  (name) => !NOT_PASSED_ON.has(name),
)

/** What a terminal's keys mean to all of its foreground processes. */
const KEYS: ReadonlySet<string> = new Set(['SIGINT', 'SIGQUIT', 'SIGTSTP'])
const STOPPING: ReadonlySet<string> = new Set(['SIGTSTP', 'SIGTTIN', 'SIGTTOU'])

/** Before this process opens any of its own. */
const DESCRIPTORS = inheritedDescriptors()

/**
 * Runs a command with this process's standard streams and with what else it was given; resolves to its exit code once it
 * has ended. Signals go to the command. Those that stop a process stop this one too, until it is continued.
 */
export function runCommand(command: readonly string[], environment: NodeJS.ProcessEnv): Promise<number> {
  const [program = ''] = command
  return new Promise((resolve) => {
    const cannotRun = (error: NodeJS.ErrnoException): void => {
      warn(`keyhold: cannot run ${printable(program)}: ${reasonOf(error)}.`)
      resolve(error.code === 'ENOENT' ? NOT_FOUND : NOT_RUNNABLE)
    }
    let child: ChildProcess | undefined
    listen((signal) => passOn(signal, child)) // before it can report that it runs
    try {
      child = start(command, environment)
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

function start(command: readonly string[], environment: NodeJS.ProcessEnv): ChildProcess {
  const [program = '', ...args] = isForUs(environment) ? withOwnListenPid(command) : command
  const stdio: ('inherit' | 'ignore' | number)[] = ['inherit', 'inherit', 'inherit']
  for (const descriptor of DESCRIPTORS) {
    while (stdio.length < descriptor) stdio.push('ignore') // from 3 up, that leaves it closed
    stdio[descriptor] = descriptor
  }
  const env = { ...environment }
  restoreNodeOptions(env)
  return withInheritedCoreDumps(() => spawn(program, args, { stdio, env }))
}

/** The launcher keeps a debugger out of this process, not out of the command. */
function restoreNodeOptions(env: NodeJS.ProcessEnv): void {
  const options = env['KEYHOLD_NODE_OPTIONS']
  delete env['KEYHOLD_NODE_OPTIONS']
  if (options !== undefined) env['NODE_OPTIONS'] = options
}

/** Whether sockets were passed to this process, or to the launcher above it. sd_listen_fds(3). */
function isForUs({ LISTEN_FDS, LISTEN_PID }: NodeJS.ProcessEnv): boolean {
  return LISTEN_FDS !== undefined && [process.pid, process.ppid].includes(Number(LISTEN_PID))
}

/** A service takes sockets only if LISTEN_PID is its own number, which is unknown before it is started. */
function withOwnListenPid(command: readonly string[]): string[] {
  return ['/bin/sh', '-c', 'LISTEN_PID=$$; export LISTEN_PID; exec "$0" "$@"', ...command]
}

function listen(listener: (signal: NodeJS.Signals) => void): void {
  for (const signal of PASSED_ON) {
    try {
      process.on(signal, listener)
    } catch {
      // This system does not have it, or keeps it for itself.
    }
  }
}

/** A terminal sends what its keys mean to both of us: to send it on would be to send it twice. */
function passOn(signal: NodeJS.Signals, child: ChildProcess | undefined): void {
  if (!KEYS.has(signal) || !isTerminal(0)) child?.kill(signal)
  if (STOPPING.has(signal)) stopBy(signal)
}

/** By the signal itself: the system does not stop a process by it if nothing could continue that process. signal(7), POSIX 11.1.4. */
function stopBy(signal: NodeJS.Signals): void {
  const listeners = process.listeners(signal)
  process.removeAllListeners(signal)
  process.kill(process.pid, signal)
  for (const listener of listeners) process.on(signal, listener)
}
