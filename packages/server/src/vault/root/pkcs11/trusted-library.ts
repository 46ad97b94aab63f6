import type { Stats } from 'node:fs'
import { stat } from 'node:fs/promises'
import { isAbsolute } from 'node:path'
import { RootError } from '../root-error.ts'

const OTHERS_WRITE = 0o022
const ADMINISTRATOR = 0

/**
 * A library is code, and a way's file names it before anything shows that the file is genuine. So only a file that the system's
 * administrator or this user installed is loaded, and none that others can write. Rejects with RootError.
 */
export async function requireTrustedLibrary(library: string): Promise<void> {
  if (!isAbsolute(library)) throw refused(library, 'is no absolute path')
  const status = await installed(library)
  if (!status.isFile()) throw refused(library, 'is no file')
  if (process.platform === 'win32') return
  if ((status.mode & OTHERS_WRITE) !== 0) throw refused(library, 'can be written by other users')
  if (status.uid !== ADMINISTRATOR && status.uid !== process.getuid?.())
    throw refused(library, 'belongs to another user')
}

async function installed(library: string): Promise<Stats> {
  try {
    return await stat(library)
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    throw new RootError('unreachable', `The PKCS#11 library ${library} cannot be read (${code}). Install it.`, {
      cause,
    })
  }
}

function refused(library: string, why: string): RootError {
  return new RootError('refused', `The PKCS#11 library ${library} ${why}, and is not loaded.`)
}
