import { open, readFile, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { OperatorError } from '../../../admin/operator/operator-error.ts'
import { copyFolder } from '../../../platform/copy-folder.ts'
import { syncFolder } from '../../../platform/durable-folder.ts'

/** What an upgrade notes beside the folder as it was: how the new one was when the upgrade had ended. */
export interface UpgradeNote {
  /** The newest commit of the upgrade. Whatever is newer is lost when it is undone. */
  revision: number
  timeMs: number
}

/** Means nothing, or is made again by the process that opens the database. */
const NOT_COPIED: readonly string[] = ['reserve', 'keyhold.db-shm']

/** The places beside a data folder that an upgrade uses. All are on its file system, so that renames are atomic. */
function placesOf(folder: string): { copy: string; unfinished: string; note: string; undone: string } {
  const copy = `${folder}.before-upgrade`
  return { copy, unfinished: `${copy}.unfinished`, note: `${copy}.json`, undone: `${folder}.undone` }
}

/** Copies the folder beside itself. What an interrupted call left is removed first. Throws OperatorError if there is a copy. */
export async function keepEarlier(folder: string): Promise<string> {
  const { copy, unfinished, note } = placesOf(folder)
  // Undoing was killed at its last step, or a person removed the copy alone.
  if (!(await isThere(copy))) await rm(note, { force: true })
  if (await isThere(note)) {
    throw new OperatorError(
      `${copy} is the folder as it was before another upgrade. Remove it and ${note} once you are sure that you need neither.`,
    )
  }
  // Without a note an upgrade did not end: what is in the folder may be half of one, and the copy is what it was.
  if (await isThere(copy)) return copy
  await rm(unfinished, { recursive: true, force: true })
  await copyFolder(folder, unfinished, (path) => !NOT_COPIED.includes(path))
  await rename(unfinished, copy)
  await syncFolder(dirname(copy))
  return copy
}

/** Notes that the upgrade ended. */
export async function noteUpgrade(folder: string, upgraded: UpgradeNote): Promise<void> {
  const { note } = placesOf(folder)
  const file = await open(note, 'wx', 0o600)
  try {
    await file.writeFile(`${JSON.stringify(upgraded)}\n`)
    await file.sync()
  } finally {
    await file.close()
  }
  await syncFolder(dirname(note))
}

/** What the upgrade noted; `undefined` where none ended. */
export async function readUpgradeNote(folder: string): Promise<UpgradeNote | undefined> {
  const text = await readFile(placesOf(folder).note, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  return text === undefined ? undefined : (JSON.parse(text) as UpgradeNote)
}

/** Whether the folder as it was is still there. */
export function hasEarlier(folder: string): Promise<boolean> {
  return isThere(placesOf(folder).copy)
}

/**
 * Puts the folder back as it was, and keeps the other one beside it. A crash between the steps leaves both, and the next call
 * goes on. Resolves with where the other one is.
 */
export async function putBackEarlier(folder: string): Promise<string> {
  const { copy, note, undone } = placesOf(folder)
  if (await isThere(folder)) {
    if (await isThere(undone))
      throw new OperatorError(`${undone} is in the way: it is from an earlier undoing. Move it.`)
    await rename(folder, undone)
  }
  await rename(copy, folder)
  await rm(note, { force: true })
  await syncFolder(dirname(folder))
  return undone
}

/** Whether there is anything of this name. */
export async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return false
      throw error
    },
  )
}
