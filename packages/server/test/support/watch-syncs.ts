import fs from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'
import { mock } from 'node:test'

/** Runs `work`, and says which files and folders it synced, in this order. */
export async function syncedBy(work: () => Promise<unknown>): Promise<string[]> {
  const synced: string[] = []
  const { open } = fs
  const watched = mock.method(fs, 'open', async (...parameters: Parameters<typeof open>) => {
    const handle = await open(...parameters)
    const sync = handle.sync.bind(handle)
    handle.sync = async () => {
      await sync()
      synced.push(String(parameters[0]))
    }
    return handle
  })
  syncBuiltinESMExports()
  try {
    await work()
  } finally {
    watched.mock.restore()
    syncBuiltinESMExports()
  }
  return synced
}
