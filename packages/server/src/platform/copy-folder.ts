import { chmod, copyFile, mkdir, open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { syncFolder } from './durable-folder.ts'

/**
 * Copies a folder with all that is in it to a new one: regular files alone, which only their owner can then access. When the
 * promise resolves the copy survives a power cut. `wanted` is asked for each path, relative to the folder. Rejects when `to` is
 * there already, and for links and devices.
 */
export async function copyFolder(from: string, to: string, wanted: (path: string) => boolean): Promise<void> {
  await mkdir(to, { mode: 0o700 })
  await copyInto(from, to, '', wanted)
}

async function copyInto(from: string, to: string, path: string, wanted: (path: string) => boolean): Promise<void> {
  for (const entry of await readdir(join(from, path), { withFileTypes: true })) {
    const name = join(path, entry.name)
    if (!wanted(name) || entry.isSocket()) continue
    if (entry.isDirectory()) {
      await mkdir(join(to, name), { mode: 0o700 })
      await copyInto(from, to, name, wanted)
    } else if (entry.isFile()) await copyDurably(join(from, name), join(to, name))
    else throw new Error(`${join(from, name)} is neither a file nor a folder, and is not copied.`)
  }
  await syncFolder(join(to, path))
}

async function copyDurably(from: string, to: string): Promise<void> {
  await copyFile(from, to)
  await chmod(to, 0o600)
  await using handle = await open(to, 'r+')
  await handle.sync()
}
