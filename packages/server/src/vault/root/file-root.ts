import { constants, link, open, unlink } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'
import { syncFolder } from '../../platform/durable-folder.ts'
import type { Random } from '../../platform/random.ts'
import { freshRoot, keyedRoot, takeRootKey } from './keyed-root.ts'
import { foreignRoot, RootError } from './root-error.ts'
import { MAX_ROOT_FILE_BYTES, encodeRootFile, parseRootFile } from './root-file-format.ts'
import type { RootProvider, UnsealedRoot } from './root.ts'

const OWNER_ONLY = 0o600
const OTHERS = 0o077
const WINDOWS = process.platform === 'win32'
/** Without O_NONBLOCK, opening a named pipe would wait for a writer indefinitely. */
const READ_FLAGS = WINDOWS ? constants.O_RDONLY : constants.O_RDONLY | constants.O_NONBLOCK

/**
 * Makes a new root and writes it to `file`, readable by its owner alone. Resolves with its id. When the promise resolves the
 * file and its name survive a power cut; after a crash it is there whole or not at all. Throws {@link RootError} `exists`
 * rather than replace anything, be it a dangling symbolic link.
 */
export async function createFileRoot(file: string, random: Random): Promise<string> {
  const secret = freshRoot(random)
  const bytes = encodeRootFile(secret)
  secret.key.wipe()
  try {
    await publish(bytes, file, `${file}.${random.uuid()}.new`)
  } catch (error) {
    throw creationError(file, error)
  } finally {
    bytes.fill(0)
  }
  return secret.id
}

/**
 * The root in `file`. Symbolic links are followed, as mounted secrets need; each opening checks the opened file.
 */
export function fileRoot(file: string, random: Random): RootProvider {
  return { description: `root file ${file}`, unseal: (expectedId) => unseal(file, expectedId, random) }
}

async function unseal(file: string, expectedId: string, random: Random): Promise<UnsealedRoot> {
  const bytes = await readRootFile(file)
  const parsed = parseRootFile(bytes)
  bytes.fill(0)
  if (parsed === 'damaged') throw damaged(file)
  if (parsed === 'unsupported') throw unsupported(file)
  if (parsed.id === expectedId) return keyedRoot(takeRootKey(parsed), random)
  parsed.key.wipe()
  throw foreignRoot(file, parsed.id, expectedId, 'Name the file that belongs to this data folder.')
}

/**
 * Writes under a temporary name, then gives it the final name by a hard link, which never overwrites, unlike rename.
 */
async function publish(bytes: Uint8Array, file: string, temporary: string): Promise<void> {
  const handle = await open(temporary, 'wx', OWNER_ONLY)
  try {
    try {
      await handle.writeFile(bytes)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await link(temporary, file)
  } finally {
    await unlink(temporary)
  }
  await syncFolder(dirname(file))
}

async function readRootFile(file: string): Promise<Buffer> {
  try {
    await using handle = await open(file, READ_FLAGS)
    return await readOwnersFile(file, handle)
  } catch (error) {
    throw error instanceof RootError ? error : readingError(file, error)
  }
}

async function readOwnersFile(file: string, handle: FileHandle): Promise<Buffer> {
  const status = await handle.stat()
  if (!status.isFile() || status.size > MAX_ROOT_FILE_BYTES) throw damaged(file)
  if (!WINDOWS && (status.mode & OTHERS) !== 0) throw tooOpen(file, status.mode)
  const buffer = Buffer.alloc(status.size)
  const { bytesRead } = await handle.read(buffer, 0, buffer.byteLength, 0)
  return buffer.subarray(0, bytesRead)
}

function creationError(file: string, error: unknown): RootError {
  if (codeOf(error) === 'EEXIST') {
    const advice = 'Keyhold never replaces a root: name another file, or keep using the data folder it belongs to.'
    return new RootError('exists', `${file} exists already. ${advice}`, { cause: error })
  }
  const advice = 'The folder must exist, be writable and be on a file system with hard links.'
  return new RootError('io', `Cannot write the root file ${file} (${codeOf(error)}). ${advice}`, { cause: error })
}

function readingError(file: string, error: unknown): RootError {
  const code = codeOf(error)
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    const advice =
      'Restore it from your backup, or mount the volume that contains it: the data folder cannot be opened without it.'
    return new RootError('missing', `The root file ${file} does not exist. ${advice}`, { cause: error })
  }
  if (code === 'EACCES' || code === 'EPERM') {
    const advice = 'Run Keyhold as the owner of the file, or make this user its owner.'
    return new RootError('permissions', `This user may not read the root file ${file}. ${advice}`, { cause: error })
  }
  return new RootError('io', `Cannot read the root file ${file} (${code}).`, { cause: error })
}

function tooOpen(file: string, mode: number): RootError {
  const octal = (mode & 0o777).toString(8)
  const advice = `Run \`chmod 600 ${file}\`; if others could read it, treat the root key as compromised.`
  return new RootError('permissions', `Other users can access the root file ${file} (mode ${octal}). ${advice}`)
}

function damaged(file: string): RootError {
  const advice = 'Restore it from your backup. Meanwhile Keyhold changes nothing in the data folder.'
  return new RootError('damaged', `${file} is not a root file, or it is damaged. ${advice}`)
}

function unsupported(file: string): RootError {
  return new RootError('unsupported', `A later Keyhold wrote the root file ${file}. Start that version or a later one.`)
}

function codeOf(error: unknown): string {
  return Error.isError(error) && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown'
}
