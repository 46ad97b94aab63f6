import { unlinkSync } from 'node:fs'
import { open } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import type { Path } from './path.ts'
import { removeFile } from './remove-file.ts'

/** Readable by the owner alone, as its content may be plaintext. Windows inherits the folder's permissions instead. */
const PRIVATE = 0o600

/** How long an exit waits for a file that is being made at that moment, in steps of 1 ms. */
const MAX_WAIT_MS = 50

/** The files of this process that are worth nothing unless their work succeeds, and whether they are there yet. */
const files = new Map<Path, 'opening' | 'open'>()

/**
 * Makes a file that does not outlive the process under this name, however that ends, except by SIGKILL or a crash of the
 * system. Its content may be plaintext. Call {@link forgetTemporary} once it has another name, or none.
 *
 * @param flags one of those that refuse an existing name, which may be a link that someone else put there.
 */
export async function openTemporary(path: Path, flags: 'wx' | 'wx+'): Promise<FileHandle> {
  if (files.size === 0) process.on('exit', removeTemporaryFiles)
  files.set(path, 'opening')
  try {
    const handle = await open(path, flags, PRIVATE)
    files.set(path, 'open')
    return handle
  } catch (error) {
    forgetTemporary(path)
    throw error
  }
}

/** Must be called with the very path that the file was opened by. */
export function forgetTemporary(path: Path): void {
  if (files.delete(path) && files.size === 0) process.off('exit', removeTemporaryFiles)
}

/** Removes a temporary file. Never throws. */
export async function removeTemporary(path: Path): Promise<void> {
  await removeFile(path)
  forgetTemporary(path)
}

/**
 * Removes the names of all files that are being written at this moment: what they hold is gone with the process. It
 * returns when that is done. Node calls it by itself where the process ends by `process.exit`, by an error that nothing
 * catches, or by running out of work. Call it before the process ends by a signal. What is being written then fails.
 */
export function removeTemporaryFiles(): void {
  for (const [path, state] of files) {
    const mayTakeMs = state === 'opening' ? MAX_WAIT_MS : 0
    for (let waitedMs = 0; !isRemoved(path) && waitedMs < mayTakeMs; waitedMs++) pause()
  }
  files.clear()
  process.off('exit', removeTemporaryFiles)
}

function isRemoved(path: Path): boolean {
  try {
    unlinkSync(path)
    return true
  } catch {
    return false
  }
}

/** Another thread of this process makes the file meanwhile. */
function pause(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1)
}
