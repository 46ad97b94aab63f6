import { constants, lstatSync, renameSync } from 'node:fs'
import type { BigIntStats } from 'node:fs'
import { open } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { EnvelopeError } from '../base/error.ts'
import { exchange } from './exchange.ts'
import { keepMetadata } from './file-metadata.ts'
import type { NotKept } from './file-metadata.ts'
import { native } from './path.ts'
import type { ReadContent } from './read-content.ts'
import { removeFile } from './remove-file.ts'

/** Not all of them exist on Windows. A FIFO that took the file's place is not waited for. */
const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants as Partial<typeof constants>

/** A file as it was when it was read, and that a new one made of it is to replace. */
export interface Replaced {
  status: BigIntStats
  content: ReadContent
  /** Whether the new one takes over its owner and permissions. Otherwise it is its maker's alone. */
  keepsMetadata: boolean
}

/**
 * Puts a new file in the place of the one that it was made of, if that is still the same file with the same content. The
 * content is read again. Then the two exchange their names, and what has come out is compared once more: if a program that
 * does not know of {@link FileLock} has put something there at the last moment, that goes back to its place.
 *
 * Where names cannot be exchanged, nothing but two system calls, one right after the other, lie between the last look
 * at the file and its replacement, and what such a program does between these two is lost. See
 * docs/decisions/0046-locks-by-claims.md.
 *
 * @param temporary has no name any more afterwards. @param handle of it. It is closed afterwards.
 * @returns what the new file could not take over from the old one.
 * @throws EnvelopeError CONFLICT when it is not the same; then nothing of what others did was undone.
 */
export async function replaceUnchanged(
  temporary: string,
  path: string,
  handle: FileHandle,
  replaced: Replaced,
): Promise<NotKept[]> {
  const file = await open(native(path), O_RDONLY! | O_NOFOLLOW | O_NONBLOCK).catch(conflict)
  let notKept: NotKept[] = []
  try {
    if (replaced.keepsMetadata) notKept = await keepMetadata(file, handle, replaced.status)
    await handle.sync()
    if (!(await replaced.content.isIn(file))) conflict()
  } finally {
    await file.close()
    await handle.close()
  }
  await takePlace(temporary, path, replaced.status)
  return notKept
}

async function takePlace(temporary: string, path: string, before: BigIntStats): Promise<void> {
  const own = look(temporary)
  if (own === undefined || !isSame(look(path), before, STATUS)) conflict()
  const outcome = await exchange(temporary, path, before)
  if (outcome === 'changed') conflict()
  if (outcome === 'done') {
    if (!isSame(look(temporary), before, CONTENT)) await putBack(temporary, path, own)
    return removeFile(temporary)
  }
  if (!isSame(look(path), before, STATUS)) conflict()
  renameSync(native(temporary), native(path))
}

/** For a file that was written to at the last moment, without being replaced. */
async function putBack(temporary: string, path: string, own: BigIntStats): Promise<never> {
  await exchange(temporary, path, own)
  return conflict()
}

/**
 * A look at a regular file before it is read, to be repeated after: what was read of one that changes meanwhile may never
 * have been in it at one time.
 *
 * @returns the second look. It does nothing for what is no regular file.
 * @throws EnvelopeError CONFLICT by the second look, if the length or a time has changed: also if only the name or the
 *   permissions have, as no program can set the time back that tells of all of them.
 */
export async function watch(file: FileHandle | undefined): Promise<() => Promise<void>> {
  const before = await file?.stat({ bigint: true })
  return async () => {
    if (before?.isFile() !== true || isSame(await file?.stat({ bigint: true }), before, STATUS)) return
    throw new EnvelopeError('CONFLICT', 'The file was changed while it was read.')
  }
}

type Fact = 'dev' | 'ino' | 'size' | 'mtimeNs' | 'ctimeNs'
const CONTENT: readonly Fact[] = ['dev', 'ino', 'size', 'mtimeNs']
/** The last of them changes with the content, the owner, the permissions and the name, and no program can set it back. */
const STATUS: readonly Fact[] = [...CONTENT, 'ctimeNs']

function isSame(now: BigIntStats | undefined, before: BigIntStats, facts: readonly Fact[]): boolean {
  return now !== undefined && facts.every((fact) => now[fact] === before[fact])
}

function look(path: string): BigIntStats | undefined {
  return lstatSync(native(path), { bigint: true, throwIfNoEntry: false })
}

function conflict(cause?: unknown): never {
  const message = 'The file was changed while the one that was to replace it was being written. It stays as it is now.'
  throw new EnvelopeError('CONFLICT', message, { cause })
}
