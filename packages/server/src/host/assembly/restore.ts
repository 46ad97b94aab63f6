import { mkdir, open, readdir, readFile, rename, rm, rmdir, stat, writeFile } from 'node:fs/promises'
import { dirname, join, resolve, sep } from 'node:path'
import { BackupError } from '../../backup/backup-error.ts'
import { syncFolder } from '../../platform/durable-folder.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Logger } from '../../platform/logger.ts'
import { DataFolderError, isEmptyFolder } from '../../vault/storage/data-folder.ts'
import { addWay } from '../../vault/root/ways/change-ways.ts'
import { fileKind, wayOf } from '../../vault/root/ways/file.ts'
import { readWays } from '../../vault/root/ways/folder.ts'
import type { BackupKeys, CheckedBackup } from './unpacked-backup.ts'
import { withUnpacked } from './unpacked-backup.ts'
import type { Vault } from './open.ts'

export interface RestoreOptions {
  /** Files of backups, or a folder whose newest one is taken. */
  from: readonly string[]
  /** The data folder to make; it may exist, but only empty. */
  folder: string
  keys: BackupKeys
  /** Where a new root file is written, so that the service starts without a person. */
  newRootFile?: string
  clock: Clock
  logger: Logger
}

/** What a restore takes down of itself while it runs, so that the next one can take it back. */
interface Marker {
  pid: number
  /** A root file that was not there when it began. */
  newRootFile?: string
  /** The root, and the ways that the backup has: once the root file may be made. */
  rootId?: string
  ways?: readonly string[]
}

const MARKER = 'restoring.json'

/**
 * Makes a data folder of backups, beside its final name: the folder is there whole and checked, or not at all. What a restore that
 * was killed left behind, the next one of the same folder takes away. Rejects with BackupError, RootError or DataFolderError.
 */
export async function restoreFolder(options: RestoreOptions): Promise<CheckedBackup> {
  const folder = resolve(options.folder)
  const newRootFile = options.newRootFile === undefined ? undefined : resolve(options.newRootFile)
  if (!(await isEmptyFolder(folder)))
    throw new DataFolderError(`${folder} is not empty. Nothing is ever replaced: name a new folder.`)
  if (newRootFile?.startsWith(folder + sep) === true) {
    throw new DataFolderError(`The root file ${newRootFile} would be in the data folder. Keep the two apart.`)
  }
  const staging = `${folder}.restoring`
  await takeBack(staging)
  if (newRootFile !== undefined && (await exists(newRootFile))) {
    throw new DataFolderError(`${newRootFile} exists already. Keyhold never replaces a root file: name another.`)
  }
  const marker: Marker = { pid: process.pid, ...(newRootFile && { newRootFile }) }
  await mkdir(staging, { mode: 0o700 })
  await writeMarker(staging, marker)
  await syncFolder(dirname(staging))
  try {
    const content = join(staging, 'data')
    await mkdir(content, { mode: 0o700 })
    const checked = await withUnpacked({ ...options, folder: content }, async (found, vault) => {
      if (newRootFile === undefined) return found
      const { ways } = await readWays(content)
      await writeMarker(staging, { ...marker, rootId: vault.root.id, ways: ways.map(({ id }) => id) })
      await makeWay(newRootFile, content, vault, options.clock)
      return found
    })
    await removeEmptyLog(content)
    await syncTree(content)
    await giveName(content, folder)
    await rm(staging, { recursive: true })
    return checked
  } catch (error) {
    await takeBack(staging)
    throw error
  }
}

async function writeMarker(staging: string, marker: Marker): Promise<void> {
  const path = join(staging, MARKER)
  await writeFile(`${path}.new`, JSON.stringify(marker), { flush: true })
  await rename(`${path}.new`, path)
  await syncFolder(staging)
}

/** Takes away what a restore that did not end left: its folder, and the root file that it made for it. */
async function takeBack(staging: string): Promise<void> {
  const text = await readFile(join(staging, MARKER), 'utf8').catch(() => undefined)
  const marker = parseMarker(text)
  if (marker === undefined) {
    // A crash between the folder and its marker leaves no more than this.
    await rm(join(staging, `${MARKER}.new`), { force: true })
    if (await exists(staging)) await removeEmpty(staging)
    return
  }
  if (marker.pid !== process.pid && runs(marker.pid)) {
    throw new BackupError('target', `Another process (${marker.pid}) is restoring this folder.`)
  }
  await removeOwnRootFile(marker)
  await rm(staging, { recursive: true, force: true })
  await syncFolder(dirname(staging))
}

/** Only one of this root whose way is not in the backup: whatever else is there now, a person put there. */
async function removeOwnRootFile({ newRootFile, rootId, ways }: Marker): Promise<void> {
  if (newRootFile === undefined || ways === undefined) return
  const of = await wayOf(newRootFile).catch(() => undefined)
  if (of !== undefined && of.rootId === rootId && !ways.includes(of.wayId)) await rm(newRootFile, { force: true })
}

const WAY_NAME = 'restored-'

async function makeWay(file: string, folder: string, { root, random }: Vault, clock: Clock): Promise<void> {
  const name = WAY_NAME + new Date(clock.now()).toISOString().replaceAll(/[-:]|\.\d+/g, '')
  await addWay({ kind: fileKind, settings: { file }, name }, { folder, root, random, clock })
  await forgetPlaces(folder)
}

/** The places of root files on the machine of the backup: there is nothing here to look for there. */
async function forgetPlaces(folder: string): Promise<void> {
  const path = join(folder, 'keyhold.json')
  const manifest = JSON.parse(await readFile(path, 'utf8')) as { root: { id: string } }
  await writeFile(path, `${JSON.stringify({ ...manifest, root: { id: manifest.root.id } }, undefined, 2)}\n`, {
    flush: true,
  })
}

/** Reading leaves SQLite's files beside the database; they are empty, as nothing was written. */
async function removeEmptyLog(folder: string): Promise<void> {
  const log = join(folder, 'keyhold.db-wal')
  const size = (await stat(log).catch(() => undefined))?.size ?? 0
  if (size > 0) throw new Error('the restored database has a log')
  for (const suffix of ['-wal', '-shm']) await rm(join(folder, `keyhold.db${suffix}`), { force: true })
}

async function syncTree(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) await syncTree(path)
    else await syncFile(path)
  }
  await syncFolder(folder)
}

async function syncFile(path: string): Promise<void> {
  await using handle = await open(path, 'r+')
  await handle.sync()
}

/** rename(2) takes the place of an empty folder. Windows does not. */
async function giveName(content: string, folder: string): Promise<void> {
  if (process.platform === 'win32' && (await exists(folder))) await rmdir(folder)
  await rename(content, folder)
  await syncFolder(dirname(folder))
}

async function removeEmpty(staging: string): Promise<void> {
  await rmdir(staging).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOTEMPTY') throw error
    throw new DataFolderError(`${staging} is in the way, and no restore left it. Move it away.`)
  })
}

function parseMarker(text: string | undefined): Marker | undefined {
  try {
    return text === undefined ? undefined : (JSON.parse(text) as Marker)
  } catch {
    return undefined
  }
}

function runs(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}
