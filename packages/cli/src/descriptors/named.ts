// Paths that lead to a descriptor of this process, such as /dev/stdout and /dev/fd/3. To open one on Linux is to open the
// file behind it once more, at its beginning; to replace the file leaves the descriptor, and all who share it, without it.
import { fstatSync } from 'node:fs'
import { readlink, realpath } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { givenDescriptors } from '../base/inherited-descriptors.ts'
import { FileError } from '../base/errors.ts'

/** Asked when this module is loaded, before the command opens files of its own. */
const GIVEN = givenDescriptors()

const FIRST_FURTHER = 3
/** As many links as Linux follows. */
const MAX_LINKS = 40

/**
 * The descriptor of this process that a path names, directly or by links.
 *
 * @returns undefined for every other path.
 * @throws FileError for a descriptor that this process did not inherit: Node has its own, and what is written
 *   to those is lost.
 */
export async function descriptorAt(path: string): Promise<number | undefined> {
  if (process.platform === 'win32') return undefined
  const descriptor = await leadsTo(path)
  if (descriptor === undefined || descriptor < FIRST_FURTHER || GIVEN?.has(descriptor) !== false) return descriptor
  throw new FileError(`${JSON.stringify(path)} is not open. Name a file, or open the descriptor for this command.`)
}

/** The number in a path that names an open file: `/dev/stdout`, `/dev/fd/N`, or a link to one. */
export async function leadsTo(path: string): Promise<number | undefined> {
  const folders = ['/dev/fd', await realpath('/proc/self/fd').catch(() => undefined)]
  let here = resolve(path)
  for (let links = 0; links < MAX_LINKS; links++) {
    const folder = await realpath(dirname(here)).catch(() => undefined)
    const name = basename(here)
    if (folder === undefined) return undefined
    if (folders.includes(folder) && /^\d{1,9}$/.test(name)) return Number(name)
    const target = await readlink(join(folder, name)).catch(() => undefined)
    if (target === undefined) return undefined
    here = resolve(folder, target)
  }
  return undefined
}

export function isFileDescriptor(descriptor: number): boolean {
  return fstatSync(descriptor).isFile()
}
