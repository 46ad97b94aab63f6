import type { CryptoThreads } from '../crypto/workers/crypto-threads.ts'
import type { Directory } from '../identity/directory/directory.ts'
import { collectGarbage } from '../platform/collect-garbage.ts'
import type { Sealing } from '../vault/hierarchy/sealing.ts'
import type { Job } from './jobs.ts'

/** How long deleted material may stay in the memory of a process that gets no requests. */
const EVERY_MS = 5_000

interface Context {
  directory: Pick<Directory, 'catchUp'>
  hierarchy: Pick<Sealing, 'takeRemains'>
  threads: Pick<CryptoThreads, 'renew'>
}

/**
 * Has key material that was deleted, by this process or another, leave the memory of this one: an idle process follows no
 * changes, and collects no garbage. Every process runs it.
 */
export function leaveMemory({ directory, hierarchy, threads }: Context): Job {
  return {
    name: 'have deleted material leave memory',
    everyMs: EVERY_MS,
    async run() {
      await directory.catchUp()
      if (!hierarchy.takeRemains()) return
      await threads.renew()
      collectGarbage()
    },
  }
}
