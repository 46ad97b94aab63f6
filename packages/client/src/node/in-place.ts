import { lstat, stat } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { EnvelopeError } from '../base/error.ts'
import { finalPath } from './atomic-file.ts'
import type { AtomicFileOptions } from './atomic-file.ts'
import { FileLock } from './file-lock.ts'
import { native } from './path.ts'
import { ReadContent } from './read-content.ts'
import type { Replaced } from './replaced.ts'
import { isBytes } from './source.ts'
import type { FileSource } from './source.ts'

export interface InPlaceOptions {
  followLink?: boolean
  mustBeNew?: boolean
  /** Default: whether the target names the source. */
  inPlace?: boolean
  signal?: AbortSignal
}

/** The lock of the file that is source and target at once, taken before it is read. None where they are two. */
export async function lockInPlace(
  source: FileSource,
  target: unknown,
  { followLink, mustBeNew, inPlace, signal }: InPlaceOptions,
): Promise<FileLock | undefined> {
  if (isBytes(source) || typeof target !== 'string' || mustBeNew === true) return undefined
  const path = await finalPath(target, followLink)
  if (!(inPlace ?? (await isInPlace(source, path)))) return undefined
  return FileLock.acquire(path, { ...(signal && { signal }) })
}

/** One path is one place, even if what is there changes between two looks at it. */
async function isInPlace(source: string | FileHandle, path: string): Promise<boolean> {
  return (typeof source === 'string' && (await finalPath(source)) === path) || isSameFile(source, path)
}

async function isSameFile(source: string | FileHandle, path: string): Promise<boolean> {
  const opened = await (typeof source === 'string'
    ? stat(native(source), { bigint: true })
    : source.stat({ bigint: true }))
  const found = await lstat(native(path), { bigint: true }).catch(() => undefined)
  return found?.dev === opened.dev && found.ino === opened.ino && opened.isFile()
}

/** How a target replaces the file that it is made of. */
export interface Place extends Pick<AtomicFileOptions, 'followLink'> {
  path: string
  lock: FileLock
  replaces: Replaced
}

/**
 * The place of a locked file that is open and has not been read yet. All that is read of it must be given to the content of
 * what it replaces.
 *
 * @param keepsMetadata whether the new file gets its owner and permissions.
 * @throws EnvelopeError CONFLICT where the path does not name the source any more.
 */
export async function placeOf(file: FileHandle | undefined, lock: FileLock, keepsMetadata: boolean): Promise<Place> {
  const status = await file?.stat({ bigint: true })
  if (file === undefined || status === undefined || !(await isSameFile(file, lock.path))) {
    throw new EnvelopeError('CONFLICT', 'Another file took the place of the one that was to be replaced.')
  }
  const replaces = { status, content: new ReadContent(), keepsMetadata }
  return { path: lock.path, followLink: false, lock, replaces }
}
