import { existsSync, readFileSync } from 'node:fs'
import { uptime } from 'node:os'
import type { Boot, Clock } from './clock.ts'

/** Made by systemd-timesyncd when it has set the clock, in a folder that a start of the machine empties. */
const SYNCHRONIZED = '/run/systemd/timesync/synchronized'

/** The clocks of the machine. Timers do not keep the process alive. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  boot,
  every(intervalMs, task) {
    const timer = setInterval(task, intervalMs).unref()
    return () => clearInterval(timer)
  },
}

let bootId: string | undefined

/** Only Linux names its starts. */
function boot(): Boot | undefined {
  bootId ??= readBootId()
  if (bootId === '') return undefined
  return { id: bootId, uptimeMs: Math.floor(uptime() * 1000), isSynchronized: existsSync(SYNCHRONIZED) }
}

function readBootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  } catch {
    return ''
  }
}
