import { rmdirSync, unlinkSync } from 'node:fs'
import { open, rmdir } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { native } from './path.ts'
import { removeFile } from './remove-file.ts'

/** Readable by the owner alone, as its content may be plaintext. Windows inherits the folder's permissions instead. */
const PRIVATE = 0o600

/** How long an exit waits for a file that is being made at that moment, in steps of 1 ms. */
const MAX_WAIT_MS = 50

interface Temporary {
  isOpening: boolean
  /** A folder that is made for it, and goes with the last file in it. */
  folder?: string
}

/** The files of this process that are worth nothing unless their work succeeds, and the claims of its locks. */
const files = new Map<string, Temporary>()

/**
 * Makes a file that does not outlive the process under this name, however that ends, except by SIGKILL or a crash of the
 * system. Its content may be plaintext. Call {@link forgetTemporary} once it has another name, or none.
 *
 * @param folder removed with the last file in it, where it was made for such files alone.
 * @param flags one of those that refuse an existing name, which may be a link that someone else put there.
 */
export async function openTemporary(path: string, flags: 'wx' | 'wx+', folder?: string): Promise<FileHandle> {
  if (files.size === 0) process.on('exit', removeTemporaryFiles)
  const file = { isOpening: true, ...(folder && { folder }) }
  files.set(path, file)
  try {
    const handle = await open(native(path), flags, PRIVATE)
    file.isOpening = false
    return handle
  } catch (error) {
    forgetTemporary(path)
    throw error
  }
}

/** Must be called with the very path that the file was opened by. */
export function forgetTemporary(path: string): void {
  if (files.delete(path) && files.size === 0) process.off('exit', removeTemporaryFiles)
}

/** Removes a temporary file, and the folder that was made for it unless others' files keep that. Never throws. */
export async function removeTemporary(path: string): Promise<void> {
  const folder = files.get(path)?.folder
  await removeFile(path)
  // An exit before this has ended removes the folder as well.
  if (folder !== undefined) await rmdir(native(folder)).catch(() => undefined)
  forgetTemporary(path)
}

/**
 * Removes the names of all files that are being written at this moment: what they hold is gone with the process. It
 * returns when that is done. Node calls it by itself where the process ends by `process.exit`, by an error that nothing
 * catches, or by running out of work. Call it before the process ends by a signal. What is being written then fails.
 */
export function removeTemporaryFiles(): void {
  for (const [path, { isOpening, folder }] of files) {
    const mayTakeMs = isOpening ? MAX_WAIT_MS : 0
    for (let waitedMs = 0; !succeeds(() => unlinkSync(native(path))) && waitedMs < mayTakeMs; waitedMs++) pause()
    if (folder !== undefined) succeeds(() => rmdirSync(native(folder)))
  }
  files.clear()
  process.off('exit', removeTemporaryFiles)
}

function succeeds(remove: () => void): boolean {
  try {
    remove()
    return true
  } catch {
    return false
  }
}

/** Another thread of this process makes the file meanwhile. */
function pause(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1)
}
