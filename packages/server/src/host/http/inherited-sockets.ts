import type { InheritedSocket } from './listen-address.ts'

/** systemd hands sockets over from this descriptor on (sd_listen_fds(3), SD_LISTEN_FDS_START). */
const FIRST = 3
/** More than a unit has. */
const MOST = 64

/**
 * The sockets that a service manager opened for this process (sd_listen_fds(3)); none if it opened them for another one.
 * Removes the variables, so that no child takes them for its own.
 */
export function takeInheritedSockets(env: NodeJS.ProcessEnv, pid: number): InheritedSocket[] {
  const { LISTEN_FDS: digits = '', LISTEN_PID: intended } = env
  for (const name of ['LISTEN_FDS', 'LISTEN_PID', 'LISTEN_FDNAMES']) delete env[name]
  const count = /^\d{1,5}$/.test(digits) ? Math.min(Number(digits), MOST) : 0
  if (intended !== String(pid)) return []
  return Array.from({ length: count }, (_, index) => ({ fd: FIRST + index }))
}
