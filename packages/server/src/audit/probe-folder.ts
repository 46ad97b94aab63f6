import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { StreamContext } from './audit-stream.ts'
import { unfinishedFolder } from './paths.ts'

/** More than a batch has at the least: a disk with less room is full. */
const PROBE = new Uint8Array(4096)

/**
 * Writes a file where streams are, waits until it is on disk, and deletes it. Returns why that failed, or `undefined`. Readers
 * take its folder for that of a stream whose creation was interrupted, and pass over it.
 */
export async function probeFolder({
  folder,
  files,
  random,
}: Pick<StreamContext, 'folder' | 'files' | 'random'>): Promise<string | undefined> {
  const probe = unfinishedFolder(folder, random.uuid())
  try {
    await files.createFolder(probe)
    const file = await files.create(join(probe, 'probe'))
    try {
      await file.write(PROBE, 0)
      await file.datasync()
    } finally {
      await file.close()
    }
    return undefined
  } catch {
    return 'the audit log cannot be written'
  } finally {
    await rm(probe, { recursive: true, force: true }).catch(() => undefined)
  }
}
