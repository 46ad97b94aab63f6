import { mkdir, open, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { StorageError } from '../storage-error.ts'

/**
 * Makes sure that the file exists: readable by its owner only (SQLite gives its log the same mode), in a folder that
 * nobody else can list, all durable before anything is written. An existing file is not even opened: closing any
 * descriptor of a file drops every lock that this process holds on it (https://www.sqlite.org/howtocorrupt.html, 2.2).
 */
export async function createDatabaseFile(file: string): Promise<void> {
  try {
    if (await exists(file)) return
    const firstCreated = await mkdir(dirname(file), { recursive: true, mode: 0o700 })
    await createEmpty(file)
    await syncFolders(dirname(file), firstCreated ? dirname(firstCreated) : dirname(file))
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new StorageError('access', `The database cannot be created: ${reason}.`, { cause: error })
  }
}

async function exists(file: string): Promise<boolean> {
  try {
    await stat(file)
    return true
  } catch (error) {
    if (isCode(error, 'ENOENT')) return false
    throw error
  }
}

async function createEmpty(file: string): Promise<void> {
  try {
    await (await open(file, 'wx', 0o600)).close()
  } catch (error) {
    // Another process was first; the file is as good as ours.
    if (!isCode(error, 'EEXIST')) throw error
  }
}

/** Makes the new entries of every folder from `inner` up to `outer` durable. */
async function syncFolders(inner: string, outer: string): Promise<void> {
  for (let folder = inner; ; folder = dirname(folder)) {
    const handle = await open(folder, 'r')
    await handle.sync()
    await handle.close()
    if (folder === outer || folder === dirname(folder)) return
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
