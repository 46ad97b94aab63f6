import { open, unlink } from 'node:fs/promises'
import { native } from './path.ts'

/** Removes a file that is worth nothing. Never throws. */
export async function removeFile(path: string): Promise<void> {
  await unlink(native(path)).catch(() => undefined)
}

/** Makes the new name durable. Not every system lets a folder be opened, and then there is nothing more to do. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(native(path), 'r').catch(() => undefined)
  await folder?.sync().catch(() => undefined)
  await folder?.close()
}
