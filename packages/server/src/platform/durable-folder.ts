import { mkdir, open } from 'node:fs/promises'
import { dirname } from 'node:path'

/**
 * Makes a folder (0700) and its parents where they are missing. A power cut takes none of their names afterwards; names in
 * the folder itself need {@link syncFolder}.
 */
export async function makeFolder(folder: string): Promise<void> {
  const firstMade = await mkdir(folder, { recursive: true, mode: 0o700 })
  if (firstMade === undefined) return
  const highest = dirname(firstMade)
  for (let changed = dirname(folder); changed !== highest; changed = dirname(changed)) await syncFolder(changed)
  await syncFolder(highest)
}

/** Waits until the names in a folder are on disk (fsync(2)). Windows cannot open a folder; NTFS journals its names. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return
  await using handle = await open(folder, 'r')
  await handle.sync()
}
