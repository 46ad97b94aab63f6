import { constants } from 'node:os'

/**
 * The signals that ask a process to end, and those that end one that does not catch them: job schedulers, timers and limits
 * of processor time send these. A terminal that is closed sends SIGHUP, often twice.
 */
export const ENDING_SIGNALS = [
  ...(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const),
  ...(['SIGUSR2', 'SIGALRM', 'SIGVTALRM', 'SIGXCPU', 'SIGPWR', 'SIGIO', 'SIGSTKFLT'] as const),
]
export type EndingSignal = (typeof ENDING_SIGNALS)[number]

/**
 * Ends the process with the exit code that a shell gives for the signal, once the listeners of its exit have removed what must
 * not stay. A thread that waits for a device or a network disk keeps Node from exiting: then the signal itself ends it.
 */
export function dieBy(signal: EndingSignal): never {
  const exitCode = 128 + constants.signals[signal]
  if (process.platform !== 'win32') {
    process.on('exit', () => {
      if (!isWaiting()) return
      process.removeAllListeners(signal)
      process.kill(process.pid, signal)
    })
  }
  process.exit(exitCode)
}

/** What Node calls a request of descriptors/ that a thread works on. Promises' requests count as active even when they are done. */
const FILE_REQUEST = 'FSReqCallback'

function isWaiting(): boolean {
  return process.getActiveResourcesInfo().includes(FILE_REQUEST)
}
