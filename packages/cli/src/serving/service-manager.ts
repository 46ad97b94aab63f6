import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { warn } from '../descriptors/standard.ts'

/** How a service says to systemd how it is. sd_notify(3) */
export interface ServiceManager {
  /** It answers. `status` is what `systemctl status` shows. */
  ready(status: string): Promise<void>
  /** It reads its settings again; {@link ready} follows. */
  reloading(): Promise<void>
  stopping(): Promise<void>
  [Symbol.dispose](): void
}

/** systemd asks for twice as many signs of life as it needs. */
const SIGNS = 2
const USEC_PER_MS = 1000

/**
 * The service manager that started this process, by its variables. systemd takes datagrams, which Node cannot send on Unix sockets:
 * its own program systemd-notify sends them. Nothing is sent where NOTIFY_SOCKET is not set.
 *
 * Signs of life come from the event loop that answers requests: they stop when it stops.
 */
export function serviceManager(env: NodeJS.ProcessEnv = process.env): ServiceManager {
  const isThere = Boolean(env['NOTIFY_SOCKET'])
  const tell = (...facts: string[]): Promise<void> => (isThere ? notify(facts, env) : Promise.resolve())
  let watchdog: NodeJS.Timeout | undefined
  return {
    async ready(status) {
      await tell('READY=1', `STATUS=${status}`)
      watchdog ??= signsOfLife(isThere ? Number(env['WATCHDOG_USEC'] ?? 0) : 0, () => void tell('WATCHDOG=1'))
    },
    // Since version 253 systemd compares the time with that at which it asked.
    reloading: () => tell('RELOADING=1', `MONOTONIC_USEC=${process.hrtime.bigint() / 1000n}`),
    stopping: () => tell('STOPPING=1', 'STATUS=Answering what is under way.'),
    [Symbol.dispose]: () => clearInterval(watchdog),
  }
}

function signsOfLife(withinUsec: number, show: () => void): NodeJS.Timeout | undefined {
  if (!(withinUsec > 0)) return undefined
  return setInterval(show, withinUsec / USEC_PER_MS / SIGNS).unref()
}

/** A service that cannot say how it is goes on: the service manager decides what that means. */
async function notify(facts: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  try {
    const { PATH, NOTIFY_SOCKET } = env
    const child = spawn('systemd-notify', [...facts], {
      env: { PATH, NOTIFY_SOCKET },
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    await once(child, 'exit')
  } catch (error) {
    warn(`keyhold: The service manager cannot be told ${facts[0]}: systemd-notify: ${(error as Error).message}.`)
  }
}
