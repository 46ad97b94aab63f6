import { open, unlink } from 'node:fs/promises'
import type { Path } from './path.ts'

/** Removes a file that is worth nothing. Never throws. */
export async function removeFile(path: Path): Promise<void> {
  await unlink(path).catch(() => undefined)
}

/** Makes the new name durable. Not every system lets a folder be opened, and then there is nothing more to do. */
export async function syncFolder(path: Path): Promise<void> {
  const folder = await open(path, 'r').catch(() => undefined)
  await folder?.sync().catch(() => undefined)
  await folder?.close()
}
