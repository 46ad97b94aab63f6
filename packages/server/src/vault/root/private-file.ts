import { constants, link, open, rename, unlink } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'
import { syncFolder } from '../../platform/durable-folder.ts'
import type { Random } from '../../platform/random.ts'
import { RootError } from './root-error.ts'

/** Files that lead to the root of trust: only their owner may have them, and they are there whole or not at all. */

/** What a file is, for messages. */
export interface FileRole {
  /** As in `root file`. */
  name: string
  /** What to do when it is missing or damaged, as sentences. */
  remedy: string
  maxBytes: number
}

const OWNER_ONLY = 0o600
const OTHERS = 0o077
const WINDOWS = process.platform === 'win32'
/** Without O_NONBLOCK, opening a named pipe would wait for a writer indefinitely. */
const READ_FLAGS = WINDOWS ? constants.O_RDONLY : constants.O_RDONLY | constants.O_NONBLOCK

/**
 * The content of a regular file that only its owner can access; the caller wipes it. Symbolic links are followed, as mounted
 * secrets need; the opened file is judged. Throws {@link RootError}.
 */
export async function readPrivateFile(file: string, role: FileRole): Promise<Buffer> {
  try {
    await using handle = await open(file, READ_FLAGS)
    return await readOwnersFile(file, handle, role)
  } catch (error) {
    throw error instanceof RootError ? error : readingError(file, role, error)
  }
}

/**
 * Writes a new file, readable by its owner alone. When the promise resolves the file and its name survive a power cut; after a
 * crash it is there whole or not at all. Throws {@link RootError} `exists` rather than replace anything, be it a dangling
 * symbolic link: unlike rename(2), a hard link never overwrites.
 */
export async function writeNewPrivateFile(
  file: string,
  bytes: Uint8Array,
  role: Pick<FileRole, 'name'>,
  random: Random,
): Promise<void> {
  const temporary = temporaryName(file, random)
  try {
    try {
      await writeWhole(temporary, bytes)
      await link(temporary, file)
    } finally {
      await unlink(temporary)
    }
    await syncFolder(dirname(file))
  } catch (error) {
    throw creationError(file, role, error)
  }
}

/** The same, in place of what has that name: either the old or the new content is there at every moment. */
export async function replacePrivateFile(file: string, bytes: Uint8Array, random: Random): Promise<void> {
  const temporary = temporaryName(file, random)
  try {
    await writeWhole(temporary, bytes)
    await rename(temporary, file)
  } catch (error) {
    await unlink(temporary).catch(() => {})
    throw new RootError('io', `Cannot write ${file} (${codeOf(error)}).`, { cause: error })
  }
  await syncFolder(dirname(file))
}

/** A file that is damaged, or is something else. */
export function damagedFile(file: string, { name, remedy }: FileRole): RootError {
  return new RootError('damaged', `${file} is not a ${name}, or it is damaged. ${remedy}`)
}

function temporaryName(file: string, random: Random): string {
  return `${file}.${random.uuid()}.new`
}

async function writeWhole(file: string, bytes: Uint8Array): Promise<void> {
  const handle = await open(file, 'wx', OWNER_ONLY)
  try {
    await handle.writeFile(bytes)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

async function readOwnersFile(file: string, handle: FileHandle, role: FileRole): Promise<Buffer> {
  const status = await handle.stat()
  if (!status.isFile() || status.size > role.maxBytes) throw damagedFile(file, role)
  if (!WINDOWS && (status.mode & OTHERS) !== 0) throw tooOpen(file, role, status.mode)
  const buffer = Buffer.alloc(status.size)
  const { bytesRead } = await handle.read(buffer, 0, buffer.byteLength, 0)
  return buffer.subarray(0, bytesRead)
}

function creationError(file: string, { name }: Pick<FileRole, 'name'>, error: unknown): RootError {
  if (codeOf(error) === 'EEXIST') {
    const advice = 'Keyhold never replaces a root: name another file, or keep using the data folder it belongs to.'
    return new RootError('exists', `${file} exists already. ${advice}`, { cause: error })
  }
  const advice = 'The folder must exist, be writable and be on a file system with hard links.'
  return new RootError('io', `Cannot write the ${name} ${file} (${codeOf(error)}). ${advice}`, { cause: error })
}

function readingError(file: string, { name, remedy }: FileRole, error: unknown): RootError {
  const code = codeOf(error)
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new RootError('missing', `The ${name} ${file} does not exist. ${remedy}`, { cause: error })
  }
  if (code === 'EACCES' || code === 'EPERM') {
    const advice = 'Run Keyhold as the owner of the file, or make this user its owner.'
    return new RootError('permissions', `This user may not read the ${name} ${file}. ${advice}`, { cause: error })
  }
  return new RootError('io', `Cannot read the ${name} ${file} (${code}).`, { cause: error })
}

function tooOpen(file: string, { name }: FileRole, mode: number): RootError {
  const octal = (mode & 0o777).toString(8)
  const advice = `Run \`chmod 600 ${file}\`; if others could read it, treat what it protects as compromised.`
  return new RootError('permissions', `Other users can access the ${name} ${file} (mode ${octal}). ${advice}`)
}

function codeOf(error: unknown): string {
  return Error.isError(error) && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown'
}
