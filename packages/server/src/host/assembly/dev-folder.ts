import { rmSync } from 'node:fs'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Random } from '../../platform/random.ts'
import { ephemeralRoot } from '../../vault/root/ephemeral-root.ts'
import { createFileRoot } from '../../vault/root/file-root.ts'
import { createDataFolder, isEmptyFolder } from '../../vault/storage/data-folder.ts'
import { type SealedFolder, sealedFolder } from './open.ts'

interface DevFolder {
  sealed: SealedFolder
  /** Whether it was created just now. */
  isNew: boolean
  /** Removes what exists only for this process. */
  forget(): Promise<void>
}

/** The data folder of a development server: the named one, created if necessary, or a temporary one. */
export async function openDevFolder(named: string | undefined, random: Random): Promise<DevFolder> {
  if (named === undefined) return temporaryFolder(random)
  const folder = resolve(named)
  const isNew = await isEmptyFolder(folder)
  if (isNew) await createDevFolder(folder, random)
  return { sealed: await sealedFolder(folder, 'dev'), isNew, forget: async () => {} }
}

async function createDevFolder(folder: string, random: Random): Promise<void> {
  const file = join(folder, 'dev.root')
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const id = await createFileRoot(file, random)
  await createDataFolder(folder, { mode: 'dev', root: { id, file } })
}

/**
 * The root of trust is never written to disk, so what a killed process leaves behind cannot be opened. The folder is
 * also removed when the process ends at once, for example by a second signal.
 */
async function temporaryFolder(random: Random): Promise<DevFolder> {
  const folder = await mkdtemp(join(tmpdir(), 'keyhold-dev-'))
  const removeAtOnce = (): void => {
    try {
      rmSync(folder, { recursive: true, force: true, maxRetries: 3 }) // threads may still write in it
    } catch {
      // The remaining files are worthless, and an exit cannot fail.
    }
  }
  process.on('exit', removeAtOnce)
  const root = ephemeralRoot(random)
  return {
    sealed: { folder, store: 'sqlite', rootId: root.id, providers: [root] },
    isNew: true,
    async forget() {
      await rm(folder, { recursive: true, force: true })
      process.off('exit', removeAtOnce)
    },
  }
}
