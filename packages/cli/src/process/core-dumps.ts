import { readFileSync, writeFileSync } from 'node:fs'

/** Which kinds of memory Linux writes into a core dump of this process, as a hexadecimal mask. core(5). */
const FILTER = '/proc/self/coredump_filter'

let inherited: string | undefined

/**
 * Keeps this process's memory out of core dumps, where the system is Linux: a dump then shows the registers of the threads
 * and nothing of what they work on. Other systems give Node no such switch.
 */
export function withholdMemoryFromCoreDumps(): void {
  try {
    inherited = `0x${readFileSync(FILTER, 'utf8').trim()}`
    writeFileSync(FILTER, '0')
  } catch {
    inherited = undefined // not Linux, or /proc is not mounted
  }
}

/** Starts a command of the user's, with the limit on core dumps that this process had at first. */
export function withInheritedCoreDumps<T>(start: () => T): T {
  if (inherited === undefined) return start()
  writeFileSync(FILTER, inherited)
  try {
    return start()
  } finally {
    writeFileSync(FILTER, '0')
  }
}
