import { cp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Vault } from './vault.ts'

/** What a test keeps of a folder, and puts back later: `keyhold.db`, `audit`, `checkpoint` or `root`. */
export async function putAside(vault: Vault, name: string): Promise<() => Promise<void>> {
  const [there, aside] = [join(vault.folder, name), `${vault.folder}.aside.${name}`]
  await cp(there, aside, { recursive: true })
  return async () => {
    for (const gone of [there, `${there}-wal`, `${there}-shm`]) await rm(gone, { recursive: true, force: true })
    await cp(aside, there, { recursive: true })
  }
}
